import { html } from '../html.ts'
import type { Catalogue } from './catalogue.ts'
import { ENGINE_PAGES_ES, FAULTS_ES } from './es-faults.ts'
import { withDetail } from './fault-detail.ts'

const faultDetail = (detail: string) => `El error: ${detail}.`

export const es: Catalogue = {
  language: 'es',
  consent: {
    unnamedClient: 'un cliente sin nombre',
    title: (client) => `¿Permitir el acceso de ${client}?`,
    heading: (client, resource) => html`¿Permitir que ${client} use ${resource}?`,
    whoIsAsking: 'Quién lo solicita',
    whatItCouldDo: 'Qué podría hacer',
    whereTheAnswerGoes: 'Adónde se envía la respuesta',
    howYouSignIn: 'Cómo inicia usted sesión',
    nameFromDocument: 'El nombre del cliente procede de un documento publicado en esta dirección.',
    notVerified: 'Sin verificar',
    registeredItself: 'Este cliente se registró a sí mismo; su nombre no se ha verificado.',
    setUpByOperator: 'Este cliente fue configurado por el operador de este servidor.',
    atResource: (resource) => html`En ${resource}`,
    noScopes: 'La solicitud no menciona ningún permiso en particular.',
    newScopes: 'Permisos nuevos',
    allowedScopes: 'Ya permitido; se mantiene',
    staysConnected: 'Además, el cliente seguirá conectado mientras usted no esté.',
    upstreamAccess: (resource, upstream) =>
      html`${resource} también obtiene acceso a su cuenta de ${upstream} mientras lo utiliza:`,
    careful: 'Atención:',
    toLoopback:
      'la respuesta se envía a un programa de este equipo, y este servidor no puede saber a cuál. Continúe solo si usted mismo acaba de iniciar este acceso.',
    toPrivateUse: (scheme) =>
      html`la respuesta se envía a una aplicación de este dispositivo que abre enlaces ${scheme}, y cualquier aplicación puede atribuirse esos enlaces. Continúe solo si usted mismo acaba de iniciar este acceso.`,
    fullAddress: (address) => html`Dirección completa: ${address}`,
    willSignIn: (upstream) => html`Cuando lo permita, iniciará sesión con ${upstream}.`,
    signedIn: (account, upstream) =>
      html`Ha iniciado sesión con ${upstream} como ${account}. Puede permitirlo con esta cuenta o con otra.`,
    allow: 'Permitir',
    allowAndSignIn: (upstream) => html`Permitir e iniciar sesión con ${upstream}`,
    anotherAccount: 'Usar otra cuenta',
    deny: 'Rechazar',
    footnote:
      'No se comparte nada sin su permiso. Si no esperaba esta página, rechace la solicitud.',
  },
  account: {
    title: 'Su cuenta',
    purpose:
      'Inicie sesión para ver qué clientes MCP tienen acceso en su nombre y para retirárselo.',
    signIn: (upstream) => html`Iniciar sesión con ${upstream}`,
    signedIn: (account, upstream) => html`Ha iniciado sesión con ${upstream} como ${account}.`,
    clientsWithAccess: 'Clientes con acceso',
    noClients: 'Ningún cliente tiene acceso en su nombre.',
    unnamedClient: 'Cliente sin nombre',
    since: 'Desde',
    lastUsed: 'Último uso',
    neverUsed: 'Desde entonces, no',
    until: 'Hasta',
    remove: 'Retirar el acceso',
    removeOf: (client, resource) => html`Retirar el acceso de ${client} a ${resource}`,
    tokensRemain: (minutes) =>
      html`Un cliente al que retira el acceso no recibe nuevos tokens de acceso. Los que ya tiene valen hasta que caducan, como máximo ${minutes} minutos.`,
    idleEnds: (days) =>
      html`Un cliente que no obtiene tokens nuevos durante ${days} días también pierde su acceso.`,
    removeAll: 'Retirar el acceso a todos los clientes …',
    removeAllMeans:
      'Todos los clientes de esta lista pierden su acceso, en todos sus dispositivos y programas. Puede volver a permitir cada uno.',
    removeAllNow: 'Retirar ahora el acceso a todos',
    signOut: 'Cerrar sesión',
    clientsKeepAccess:
      'Al cerrar la sesión, los clientes conservan el acceso que usted les ha dado.',
    upstreamRemains: (upstream) => html`Su sesión en ${upstream} sigue abierta.`,
    signOutHere: 'Cerrar sesión aquí',
    signOutEverywhere: 'Cerrar sesión en todos los navegadores',
    done: {
      removed: 'Hecho. La lista muestra los clientes que aún tienen acceso.',
      'signed-out': 'Ha cerrado la sesión en este navegador.',
      'signed-out-everywhere': 'Ha cerrado la sesión en todos los navegadores.',
    },
  },
  connect: {
    pageTitle: 'Conectar un servidor MCP',
    title: (server, upstream) => html`¿Conectar ${server} con ${upstream}?`,
    lead: (server, upstream) =>
      html`${server} pide acceso a su cuenta de ${upstream} para usarla en su nombre mientras trabaja con él.`,
    connect: (upstream) => html`Conectar e iniciar sesión con ${upstream}`,
    footnote: 'Si no esperaba esta página, ciérrela. No se comparte nada.',
    connectedTitle: 'Conectado',
    connected: (server, account, upstream) =>
      html`${server} tiene acceso a su cuenta de ${upstream} mientras lo utiliza. Ha iniciado sesión como ${account}.`,
    goBack: 'Puede cerrar esta página y volver a su cliente MCP.',
  },
  logout: {
    title: '¿Cerrar la sesión?',
    whereYouGo: 'Adónde va después',
    signOut: 'Cerrar sesión',
    stay: 'Seguir con la sesión abierta',
    signedOutTitle: 'La sesión está cerrada',
    signedOut: 'Nadie ha iniciado sesión aquí con este navegador.',
  },
  oidcLines: {
    openid: 'Saber qué cuenta tiene usted',
    profile: 'Ver su nombre y su foto',
    email: 'Ver su dirección de correo electrónico',
    offline_access: 'Seguir conectado mientras usted no está',
  },
  message: {
    nextSteps: 'Qué puede hacer',
    reference: (reference) => html`Si pide ayuda, indique esta referencia: ${reference}`,
    tryAgain: 'Intentarlo de nuevo',
    goOnTo: (host) => `Continuar a ${host}`,
    onlyIfKnown:
      'Nadie ha comprobado este cliente. Continúe a su dirección solo si la conoce y usted mismo inició este acceso.',
    backToClient: 'Volver al cliente',
    askedFor: (resources) => html`Ha pedido: ${resources}`,
    askedForNone: 'No ha indicado ninguno.',
    availableHere: (resources) => html`Disponibles aquí: ${resources}`,
    faultDetail,
  },
  refusal: {
    title: 'Esta cuenta no tiene acceso',
    signedIn: (account, upstream) => html`Ha iniciado sesión con ${upstream} como ${account}.`,
    mayNotUse: (resource) => html`Esta cuenta no puede usar ${resource}.`,
    mayNotGrant: (resource) =>
      html`Esta cuenta puede usar ${resource}, pero no con los permisos que pide el cliente.`,
    useAnother: 'Si tiene otra cuenta, use esa.',
    ask: (contact) => html`Para obtener acceso, pregunte aquí: ${contact}`,
    askOperator: 'Para obtener acceso, pregunte a los responsables de este servidor.',
  },
  links: {
    label: 'Acerca de este servicio',
    terms: 'Condiciones de uso',
    privacy: 'Privacidad',
    support: 'Ayuda',
    account: 'Su cuenta',
  },
  describeFault: (fault) => withDetail(FAULTS_ES[fault.code], fault, faultDetail),
  enginePages: ENGINE_PAGES_ES,
}
