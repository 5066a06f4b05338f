import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
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
  faultDetail: (detail) => `El error: ${detail}.`,
}

export const refusal: Catalogue['refusal'] = {
  title: 'Esta cuenta no tiene acceso',
  signedIn: (account, upstream) => html`Ha iniciado sesión con ${upstream} como ${account}.`,
  mayNotUse: (resource) => html`Esta cuenta no puede usar ${resource}.`,
  mayUseNothing: 'Esta cuenta no puede usar ningún servidor MCP aquí.',
  mayNotGrant: (resource) =>
    html`Esta cuenta puede usar ${resource}, pero no con los permisos que pide el cliente.`,
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
