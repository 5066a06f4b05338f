import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
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
  footnote: 'No se comparte nada sin su permiso. Si no esperaba esta página, rechace la solicitud.',
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: 'Saber qué cuenta tiene usted',
  profile: 'Ver su nombre y su foto',
  email: 'Ver su dirección de correo electrónico',
  offline_access: 'Seguir conectado mientras usted no está',
}
