import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
  moves: {
    you: 'Qué puede hacer',
    wait: 'Solo tiene que esperar',
    operator: 'Deben actuar los responsables de este servidor',
    mcpServer: 'Deben actuar los responsables del servidor MCP',
    client: 'Deben actuar los creadores de la aplicación',
  },
  reference: (reference) => html`Si pide ayuda, indique esta referencia: ${reference}`,
  tryAgain: 'Intentarlo de nuevo',
  backToClient: 'Volver a la aplicación',
  anotherAccount: 'Usar otra cuenta',
  goOnTo: (host) => `Continuar a ${host}`,
  onlyIfKnown:
    'Nadie ha comprobado esta aplicación. Continúe a su dirección solo si la conoce y usted mismo inició este acceso.',
  details: 'Detalles',
  askedFor: 'La aplicación ha pedido',
  askedForNone: 'No ha indicado ninguno.',
  knownHere: 'Este servidor conoce',
  error: 'Mensaje de error',
  forSupport: 'Qué enviar al soporte',
  howToCopy: 'Seleccione este texto y cópielo. No contiene secretos.',
}

export const landing: Catalogue['landing'] = {
  title: 'Inicio de sesión para servidores MCP',
  purpose: 'Aquí inician sesión sus aplicaciones',
  nothingToDo:
    'No tiene que hacer nada aquí: empiece en su aplicación, que abre este sitio cuando le necesita.',
  account: 'Ver qué aplicaciones tienen acceso',
  forOperators: 'Para operadores y desarrolladores',
  notAnMcpServer:
    'Esta es la dirección del servidor de autorización. En una aplicación, indique la dirección del servidor MCP.',
  oauthMetadata: 'Metadatos (OAuth 2.0)',
  openidMetadata: 'Metadatos (OpenID Connect)',
  keys: 'Claves de firma',
  isAlive: 'Estado: el proceso responde',
  isReady: 'Estado: el almacenamiento responde',
}

export const refusal: Catalogue['refusal'] = {
  title: 'Esta cuenta no tiene acceso',
  signedIn: (account, upstream) => html`Ha iniciado sesión con ${upstream} como ${account}.`,
  mayNotUse: (resource) => html`Esta cuenta no puede usar ${resource}.`,
  mayUseNothing: 'Esta cuenta no puede usar ningún servidor MCP aquí.',
  mayNotGrant: (resource) =>
    html`Esta cuenta puede usar ${resource}, pero no con los permisos que pide la aplicación.`,
  useAnother: 'Si tiene otra cuenta, use esa.',
  ask: (contact) => html`Para obtener acceso, pregunte aquí: ${contact}`,
  askOperator: 'Para obtener acceso, pregunte a los responsables de este servidor.',
}

export const links: Catalogue['links'] = {
  label: 'Acerca de este servicio',
  terms: 'Condiciones de uso',
  privacy: 'Privacidad',
  support: 'Ayuda',
  account: 'Su cuenta',
}
