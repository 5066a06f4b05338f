import type { AppErrorCode } from '../../../../errors.ts'
import type { EnginePageName, PageText } from '../../error-pages.ts'

const failed = 'No ha funcionado'
const startAgain = 'Vuelva a su cliente MCP e inicie sesión de nuevo.'
const inAMinute = 'Inténtelo de nuevo dentro de un minuto.'
const allowCookies = 'Permita las cookies de este sitio si su navegador las bloquea.'
const giveReference =
  'Si el problema continúa, indique la referencia de abajo a los responsables de este servidor.'
const tellOperator = 'Si el problema continúa, avise a los responsables de este servidor.'
const askForRegistration =
  'Si el problema continúa, avise a los responsables de este servidor: quizá no tenga acceso a internet. ' +
  'Ellos pueden permitir que los clientes se registren en su lugar.'
const tokenSteps = ['Inicie sesión de nuevo desde su cliente MCP.']
const addressSteps = [
  'Compruebe la dirección. Los clientes MCP encuentran las correctas por sí mismos.',
]

export const faults: Readonly<Record<AppErrorCode, PageText>> = {
  store_unavailable: {
    title: 'Volvemos enseguida',
    message: 'El servidor no puede acceder a su almacenamiento en este momento. No se pierde nada.',
    nextSteps: [inAMinute],
  },
  overdue: {
    title: failed,
    message: 'El servidor ha tardado demasiado en responder. No se pierde nada.',
    nextSteps: [inAMinute],
  },
  overloaded: {
    title: 'Hay mucha actividad',
    message: 'El servidor recibe demasiadas solicitudes en este momento. No se pierde nada.',
    nextSteps: ['Inténtelo de nuevo dentro de unos segundos.'],
  },
  upstream_unavailable: {
    title: 'El inicio de sesión no está disponible temporalmente',
    message: 'En este momento no se puede acceder al servicio de inicio de sesión.',
    nextSteps: [inAMinute, tellOperator],
  },
  upstream_grant_ended: {
    title: 'Vuelva a iniciar sesión',
    message: 'El servicio de inicio de sesión ha puesto fin a esta sesión.',
    nextSteps: tokenSteps,
  },
  upstream_denied: {
    title: 'No se ha iniciado la sesión',
    message: 'El inicio de sesión se canceló o fue rechazado por el servicio de inicio de sesión.',
    nextSteps: ['Inténtelo de nuevo o inicie sesión con otra cuenta.'],
  },
  account_disabled: {
    title: 'Esta cuenta está desactivada',
    message: 'Su cuenta está desactivada en este servidor.',
    nextSteps: [
      'Inicie sesión con otra cuenta si tiene una.',
      'Si cree que se trata de un error, pregunte a quienes administran este servidor.',
    ],
  },
  upstream_account_refused: {
    title: 'Esta cuenta no está admitida aquí',
    message: 'La cuenta pertenece a una organización cuyos miembros no pueden iniciar sesión aquí.',
    nextSteps: ['Inicie sesión con una cuenta de la organización correcta.', tellOperator],
  },
  upstream_failed: {
    title: 'El inicio de sesión no ha funcionado',
    message:
      'El servicio de inicio de sesión envió una respuesta que este servidor no pudo aceptar.',
    nextSteps: ['Inténtelo de nuevo.', giveReference],
  },
  invalid_callback: {
    title: 'El inicio de sesión no ha funcionado',
    message:
      'La respuesta del servicio de inicio de sesión está incompleta o se modificó en el camino.',
    nextSteps: ['Inténtelo de nuevo.', giveReference],
  },
  login_not_fresh: {
    title: 'Se necesita un nuevo inicio de sesión',
    message:
      'El cliente exige un nuevo inicio de sesión y el servicio de inicio de sesión no confirmó ninguno.',
    nextSteps: [
      'Inténtelo de nuevo e inicie sesión otra vez si el servicio de inicio de sesión lo permite.',
      'Si el problema continúa, el servicio de inicio de sesión no puede confirmarlo: avise a los creadores del cliente.',
    ],
  },
  client_document_unavailable: {
    title: 'No se puede consultar el cliente',
    message: 'En este momento no se puede obtener el documento de metadatos de este cliente.',
    nextSteps: [inAMinute, askForRegistration],
  },
  client_document_unresolved: {
    title: 'No se puede consultar el cliente',
    message: 'Este servidor no encuentra el host del documento de metadatos de este cliente.',
    nextSteps: [inAMinute, askForRegistration],
  },
  client_document_refused: {
    title: 'Este cliente no se puede usar aquí',
    message: 'El documento de metadatos de este cliente no se puede usar.',
    nextSteps: [
      'Avise a los creadores del cliente: el documento está en la dirección que es su client_id.',
      'Cuando esté corregido, inténtelo de nuevo al cabo de un minuto.',
    ],
  },
  client_document_withdrawn: {
    title: 'Este cliente no se conoce aquí',
    message: 'No existe un documento de metadatos de este cliente: se retiró o nunca se publicó.',
    nextSteps: ['Actualice su cliente MCP, quite este servidor MCP y añádalo de nuevo.'],
  },
  client_document_not_allowed: {
    title: 'Este cliente no está permitido aquí',
    message: 'Este servidor no acepta el documento de metadatos de este cliente.',
    nextSteps: ['Pida a los responsables de este servidor que permitan el cliente.'],
  },
  client_keys_unavailable: {
    title: 'No se puede consultar el cliente',
    message: 'En este momento no se pueden obtener las claves de este cliente.',
    nextSteps: [inAMinute, tellOperator],
  },
  client_keys_refused: {
    title: 'Este cliente no se puede usar aquí',
    message: 'Las claves de este cliente no se pueden usar.',
    nextSteps: ['Avise a los creadores del cliente.'],
  },
  dpop_required: {
    title: failed,
    message: 'El token de acceso está ligado a una clave y falta la prueba (DPoP).',
    nextSteps: tokenSteps,
  },
  invalid_dpop_proof: {
    title: failed,
    message: 'La prueba DPoP no es válida.',
    nextSteps: tokenSteps,
  },
  use_dpop_nonce: {
    title: failed,
    message: 'La prueba DPoP necesita el nonce que ha enviado este servidor.',
    nextSteps: tokenSteps,
  },
  interaction_expired: {
    title: 'Este inicio de sesión ha caducado',
    message: 'Este inicio de sesión ha caducado, ya se completó o pertenece a otro navegador.',
    nextSteps: [startAgain, allowCookies],
  },
  login_attempt_foreign: {
    title: 'Este inicio de sesión no puede continuar aquí',
    message:
      'Este inicio de sesión ya se completó, se empezó en otro navegador o le falta su cookie.',
    nextSteps: [
      startAgain,
      'Complételo en el mismo navegador, con las cookies permitidas para este sitio.',
    ],
  },
  login_attempt_spent: {
    title: 'Este inicio de sesión ha caducado',
    message: 'Este inicio de sesión ya se completó o tardó demasiado.',
    nextSteps: [startAgain],
  },
  form_expired: {
    title: 'Inténtelo otra vez',
    message:
      'Este formulario ya no es válido: ha iniciado o cerrado la sesión desde que se abrió la página, o lo envió otro sitio web.',
    nextSteps: ['Vuelva a abrir la página.', allowCookies],
  },
  csrf_mismatch: {
    title: failed,
    message: 'Esta respuesta no procede de la página que mostró este servidor.',
    nextSteps: [startAgain],
  },
  token_missing: {
    title: failed,
    message: 'Se necesita un token de acceso en la cabecera Authorization.',
    nextSteps: tokenSteps,
  },
  invalid_token: {
    title: failed,
    message: 'El token de acceso ha caducado, ha sido revocado o no es de este servidor.',
    nextSteps: tokenSteps,
  },
  invalid_resource_server: {
    title: failed,
    message: 'El servidor de recursos no se conoce aquí, o su secreto es incorrecto.',
    nextSteps: [
      'Use el URI del recurso como identificador de cliente y el secreto de la configuración.',
    ],
  },
  invalid_logout_token: {
    title: failed,
    message: 'El token de cierre de sesión no se puede aceptar.',
    nextSteps: ['Envíe un token válido del servicio de inicio de sesión, una sola vez.'],
  },
  revocation_token_missing: {
    title: failed,
    message: 'Falta un JWT del servicio de inicio de sesión en la cabecera Authorization.',
    nextSteps: ['Envíelo como Authorization: Bearer.'],
  },
  invalid_revocation_token: {
    title: failed,
    message: 'El JWT no se puede aceptar.',
    nextSteps: ['Envíe un JWT válido del servicio de inicio de sesión, una sola vez.'],
  },
  invalid_revocation_request: {
    title: failed,
    message: 'La petición necesita sub_id con el formato iss_sub, email u opaque.',
    nextSteps: ['Nombre a una persona en sub_id.'],
  },
  subject_not_allowed: {
    title: failed,
    message: 'El remitente no puede nombrar a personas de este emisor o dominio de correo.',
    nextSteps: ['Nombre a una de sus propias personas.'],
  },
  subject_unknown: {
    title: failed,
    message: 'Esta persona nunca ha iniciado sesión aquí.',
    nextSteps: ['No hay nada que terminar.'],
  },
  connection_required: {
    title: 'Conecte este servidor MCP',
    message: 'Primero hay que conectar este servidor MCP con el servicio de inicio de sesión.',
    nextSteps: ['Abra la dirección de interaction_uri en un navegador.'],
  },
  insufficient_scope: {
    title: failed,
    message: 'Al token de acceso le falta el permiso openid.',
    nextSteps: tokenSteps,
  },
  invalid_body: {
    title: failed,
    message:
      'El contenido de la solicitud no se pudo leer como formulario (application/x-www-form-urlencoded).',
    nextSteps: [startAgain],
  },
  body_too_large: {
    title: failed,
    message: 'El contenido de la solicitud es demasiado grande.',
    nextSteps: ['Envíe una solicitud más pequeña.'],
  },
  too_many_requests: {
    title: 'Demasiadas solicitudes',
    message: 'En este momento llegan demasiadas solicitudes. No se pierde nada.',
    nextSteps: [inAMinute, tellOperator],
  },
  not_found: {
    title: 'Aquí no hay nada',
    message: 'No hay nada en esta dirección.',
    nextSteps: addressSteps,
  },
  method_not_allowed: {
    title: failed,
    message: 'Esta dirección no acepta ese tipo de solicitud.',
    nextSteps: addressSteps,
  },
  internal: {
    title: failed,
    message: 'Se ha producido un error en este servidor.',
    nextSteps: ['Inténtelo de nuevo.', giveReference],
  },
}

export const enginePages: Readonly<Record<EnginePageName, PageText>> = {
  invalid_client: {
    title: 'Este cliente no se conoce aquí',
    message:
      'El cliente que le ha enviado aquí no está registrado en este servidor, o su registro ha caducado.',
    nextSteps: [
      'En su cliente MCP, quite este servidor MCP y añádalo de nuevo: el cliente volverá a registrarse.',
      'Si sigue sin funcionar, borre el inicio de sesión guardado en ese cliente.',
    ],
  },
  invalid_redirect_uri: {
    title: 'La respuesta iría a una dirección desconocida',
    message:
      'El cliente pidió la respuesta en una dirección que no ha registrado. No se ha enviado nada.',
    nextSteps: ['En su cliente MCP, quite este servidor MCP y añádalo de nuevo.'],
  },
  temporarily_unavailable: faults.store_unavailable,
  server_error: faults.internal,
  expired: {
    title: 'Este inicio de sesión ha caducado',
    message: 'Ya se completó, tardó demasiado o faltan sus cookies.',
    nextSteps: [startAgain, allowCookies],
  },
  invalid_target: {
    title: 'Este servidor MCP no se puede usar aquí',
    message: 'El cliente debe indicar un servidor MCP para el que se inicie sesión aquí.',
    nextSteps: ['Compruebe la dirección del servidor MCP en su cliente MCP.', giveReference],
  },
  faulty_request: {
    title: 'Esta solicitud de inicio de sesión no es válida',
    message:
      'El cliente que le ha enviado aquí hizo una solicitud que este servidor no puede procesar.',
    nextSteps: [
      'Empiece de nuevo desde su cliente MCP.',
      'Si el problema continúa, comuníquelo a los creadores del cliente.',
    ],
  },
}
