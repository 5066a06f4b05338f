import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

const failed = 'No ha funcionado'
const inAMinute = 'Inténtelo de nuevo dentro de un minuto.'
const tellOperator = 'Si el problema continúa, avise a los responsables de este servidor.'
const askSupport =
  'Si vuelve a fallar, envíe el texto de abajo a los responsables de este servidor.'
const tellMakers = 'Si vuelve a fallar, envíe el texto de abajo a los creadores de la aplicación.'
const startAgain = 'Vuelva a la aplicación e inicie sesión de nuevo.'
const updateAndStart = 'Actualice la aplicación y empiece de nuevo desde ella.'
const allowCookies = 'Permita las cookies de este sitio si su navegador las bloquea.'
const addAgain = 'En la aplicación, quite el servidor MCP y añádalo de nuevo.'

export const problems: Catalogue['problems'] = {
  'storage-unreachable': {
    title: 'Volvemos enseguida',
    message:
      'Este servidor no puede acceder a su almacenamiento en este momento. No se pierde nada.',
    steps: [inAMinute, tellOperator],
  },
  'server-too-slow': {
    title: 'Ha tardado demasiado',
    message: 'Este servidor ha tardado demasiado en responder. No se pierde nada.',
    steps: [inAMinute, tellOperator],
  },
  'server-overloaded': {
    title: 'Hay mucha actividad',
    message: 'Este servidor recibe demasiadas solicitudes en este momento. No se pierde nada.',
    steps: ['Inténtelo de nuevo dentro de unos segundos.'],
  },
  'too-many-requests': {
    title: 'Demasiadas solicitudes',
    message:
      'Su red o su aplicación ha enviado más solicitudes de las que este servidor admite. No se pierde nada.',
    steps: ['Espere un minuto e inténtelo de nuevo.', tellOperator],
  },
  'internal-error': {
    title: failed,
    message: 'Se ha producido un error en este servidor.',
    steps: ['Inténtelo de nuevo.', askSupport],
  },
  'not-found': {
    title: 'Aquí no hay nada',
    message: 'No hay nada en esta dirección.',
    steps: [
      'Compruebe la dirección.',
      'En su aplicación, indique la dirección del servidor MCP, no la de este servidor.',
    ],
  },
  'request-not-valid': {
    title: 'Esta solicitud de inicio de sesión no es válida',
    message:
      'La aplicación que le ha enviado aquí hizo una solicitud que este servidor no puede procesar.',
    steps: [updateAndStart, tellMakers],
  },
  'sign-in-expired': {
    title: 'Este inicio de sesión ha caducado',
    message: 'Tardó demasiado, ya se completó o falta su cookie.',
    steps: [startAgain, allowCookies],
  },
  'sign-in-in-another-browser': {
    title: 'Este inicio de sesión no puede continuar aquí',
    message: 'Se empezó en otro navegador, ya se completó o falta su cookie.',
    steps: [
      startAgain,
      'Complételo en el mismo navegador, con las cookies permitidas para este sitio.',
    ],
  },
  'new-sign-in-not-confirmed': {
    title: 'Se necesita un nuevo inicio de sesión',
    message: (upstream) =>
      html`La aplicación exige un nuevo inicio de sesión y ${upstream} no ha confirmado ninguno.`,
    steps: [
      (upstream) => html`Inténtelo de nuevo e inicie sesión otra vez si ${upstream} lo permite.`,
      (upstream) =>
        html`Si el problema continúa, ${upstream} no puede confirmar inicios de sesión nuevos: avise a los creadores de la aplicación.`,
    ],
  },
  'form-expired': {
    title: 'Inténtelo otra vez',
    message:
      'Este formulario ya no es válido: ha iniciado o cerrado la sesión desde que se abrió la página, o lo envió otro sitio web. No se ha cambiado nada.',
    steps: ['Vuelva atrás, recargue la página e inténtelo de nuevo.', allowCookies],
  },
  'account-disabled': {
    title: 'Esta cuenta está desactivada',
    message: 'Su cuenta está desactivada en este servidor.',
    steps: [
      'Si cree que se trata de un error, pregunte a los responsables de este servidor.',
      'Si tiene otra cuenta, inicie sesión con ella.',
    ],
  },
  'provider-unreachable': {
    title: 'El inicio de sesión no está disponible temporalmente',
    message: (upstream) =>
      html`Usted inicia sesión con ${upstream}, y este servidor no puede conectar con ese servicio en este momento.`,
    steps: [
      inAMinute,
      (upstream) =>
        html`Si ${upstream} funciona en otros sitios, avise a los responsables de este servidor.`,
    ],
  },
  'sign-in-cancelled': {
    title: 'No se ha iniciado la sesión',
    message: (upstream) => html`El inicio de sesión se canceló, o ${upstream} lo rechazó.`,
    steps: [
      'Inténtelo de nuevo o inicie sesión con otra cuenta.',
      (upstream) => html`Si no lo canceló usted, pregunte a los administradores de ${upstream}.`,
    ],
  },
  'provider-response-refused': {
    title: 'El inicio de sesión no ha funcionado',
    message: (upstream) =>
      html`${upstream} envió una respuesta que este servidor no puede aceptar.`,
    steps: ['Inténtelo de nuevo.', askSupport],
  },
  'organisation-not-allowed': {
    title: 'Esta cuenta no está admitida aquí',
    message: (upstream) =>
      html`Su cuenta de ${upstream} pertenece a una organización cuyos miembros no pueden iniciar sesión aquí.`,
    steps: [
      'Inicie sesión con una cuenta de la organización correcta.',
      'Si es la correcta, avise a los responsables de este servidor.',
    ],
  },
  'sign-in-ended-by-provider': {
    title: 'Vuelva a iniciar sesión',
    message: (upstream) => html`${upstream} ha puesto fin a su sesión.`,
    steps: ['Inicie sesión de nuevo.'],
  },
  'client-metadata-unreachable': {
    title: 'No se puede consultar esta aplicación',
    message:
      'La aplicación se describe en una página web que este servidor no puede obtener en este momento.',
    steps: [
      inAMinute,
      'Si el problema continúa, avise a los responsables de este servidor: quizá no tenga acceso a internet. También pueden permitir que las aplicaciones se registren.',
    ],
  },
  'client-metadata-refused': {
    title: 'Esta aplicación no se puede usar aquí',
    message:
      'La aplicación publica una descripción de sí misma en la web, y esa descripción contiene un error.',
    steps: [
      'Envíe el texto de abajo a los creadores de la aplicación.',
      'Cuando lo hayan corregido, espere un minuto e inténtelo de nuevo.',
    ],
  },
  'client-metadata-missing': {
    title: 'Esta aplicación no se conoce aquí',
    message: 'La aplicación ha retirado la descripción de sí misma en la web, o nunca la publicó.',
    steps: [`Actualice la aplicación. ${addAgain}`, tellMakers],
  },
  'client-not-allowed': {
    title: 'Esta aplicación no está permitida aquí',
    message: 'Los responsables de este servidor no han permitido esta aplicación.',
    steps: ['Envíeles el texto de abajo y pídales que permitan la aplicación.'],
  },
  'client-unknown': {
    title: 'Esta aplicación no se conoce aquí',
    message:
      'La aplicación que le ha enviado aquí no está registrada en este servidor, o su registro ha caducado.',
    steps: [
      `${addAgain} Así se registrará otra vez.`,
      'Si vuelve a fallar, borre el inicio de sesión que la aplicación tiene guardado.',
    ],
  },
  'redirect-uri-unknown': {
    title: 'La respuesta iría a una dirección desconocida',
    message:
      'La aplicación pidió que la respuesta fuera a una dirección que no ha registrado. No se ha enviado nada.',
    steps: [addAgain, 'Si no ha iniciado usted este acceso, cierre esta página.'],
  },
  'resource-unknown': {
    title: 'Este servidor MCP no se puede usar aquí',
    message: 'La aplicación pidió acceso a un servidor MCP cuya dirección no conoce este servidor.',
    steps: [
      'Compruebe la dirección del servidor MCP en su aplicación.',
      'Si es correcta, envíeles el texto de abajo: las dos direcciones de «Detalles» tienen que ser iguales.',
    ],
  },
  'resource-not-named': {
    title: 'La aplicación debe indicar un servidor MCP',
    message:
      'Una aplicación obtiene acceso a un solo servidor MCP cada vez. Esta no indicó ninguno, o indicó varios.',
    steps: [updateAndStart, tellMakers],
  },
}
