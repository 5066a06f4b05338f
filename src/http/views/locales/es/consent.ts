import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
  unnamedClient: 'una aplicación sin nombre',
  title: (client) => `¿Permitir el acceso de ${client}?`,
  heading: (client, resource) => html`¿Permitir que ${client} use ${resource}?`,
  verifiedDomain: (host) => html`dominio verificado ${host}`,
  registeredByAdministrator: 'registrada por su administrador',
  unverified: 'sin verificar',
  switchAccount: 'Cambiar de cuenta',

  aboutYou: 'Sobre usted',
  inResource: (resource) => html`En ${resource}`,
  inUpstream: (upstream, resource) => html`En ${upstream}, a través de ${resource}`,
  upstreamAccount: 'Usar su cuenta',
  noScopes: 'La aplicación no pide ningún permiso en particular.',
  newMark: 'nuevo',
  risks: { write: 'modifica datos', delete: 'borra datos' },
  allowedEarlier: 'Ya permitido',
  allowedOn: (day) => html`Permitido el ${day}`,
  youAllowedEarlier: 'Ya lo permitió antes.',
  youAllowedOn: (day) => html`Lo permitió el ${day}.`,

  sentBack: (destination) => html`Volverá a ${destination}.`,
  signInThenBack: (upstream, destination) =>
    html`Iniciará sesión con ${upstream} y volverá a ${destination}.`,
  destinations: {
    loopback: (host) => html`una aplicación de este equipo (${host})`,
    through: (host) => html`una aplicación de este equipo mediante ${host}`,
    app: 'una aplicación de este dispositivo',
  },
  onlyIfStarted: 'Permítalo solo si lo inició usted.',

  careful: 'Atención:',
  nameImitates: (known) => html`pese al nombre, puede no ser ${known}. Si duda, rechácela.`,
  addressUnknown: 'nadie ha verificado esta aplicación ni su dirección. Si duda, rechácela.',
  schemeUnowned: (scheme) => html`cualquier aplicación puede atribuirse los enlaces ${scheme}.`,

  allow: 'Permitir',
  deny: 'Rechazar',
  staysConnected: (duration) =>
    html`La aplicación seguirá conectada hasta ${duration}, también cuando usted no esté.`,
  accessLasts: (duration) => html`El acceso dura ${duration}.`,
  endItIn: (account) => html`Puede terminarlo en cualquier momento en ${account}.`,
  yourAccount: 'su cuenta',
  unexpected: 'Si no esperaba esta página, rechace la solicitud.',

  details: {
    heading: 'Detalles',
    fullAddress: 'Dirección completa',
    anyProgram: 'Este servidor no puede saber qué programa recibe la respuesta allí.',
    resource: 'Servidor MCP',
    scopes: 'Nombres de los permisos',
    clientId: 'ID de cliente',
    registration: 'Registro',
    fromDocument: (host) => html`La aplicación publica su nombre en ${host}.`,
    byItself: 'La aplicación se registró a sí misma.',
    byAdministrator: 'Su administrador registró la aplicación.',
    access: 'Acceso',
    endsUnused: (idle, longest) =>
      html`Termina tras ${idle} sin uso, y tras ${longest} como máximo.`,
    endsAfter: (duration) => html`Termina tras ${duration}.`,
  },
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: 'Reconocer su cuenta',
  profile: 'Ver su nombre y foto',
  email: 'Ver su correo electrónico',
  offline_access: 'Seguir conectado mientras usted no está',
}
