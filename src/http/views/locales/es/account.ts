import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const account: Catalogue['account'] = {
  title: 'Su cuenta',
  purpose: 'Inicie sesión para ver qué aplicaciones tienen acceso en su nombre y para retirárselo.',
  signIn: (upstream) => html`Iniciar sesión con ${upstream}`,
  signedIn: (account, upstream) => html`Ha iniciado sesión con ${upstream} como ${account}.`,
  clientsWithAccess: 'Aplicaciones con acceso',
  noClients: 'Ninguna aplicación tiene acceso en su nombre.',
  unnamedClient: 'Aplicación sin nombre',
  since: 'Desde',
  lastUsed: 'Último uso',
  neverUsed: 'Desde entonces, no',
  until: 'Hasta',
  remove: 'Retirar el acceso',
  removeOf: (client, resource) => html`Retirar el acceso de ${client} a ${resource}`,
  tokensRemain: (minutes) =>
    html`Una aplicación a la que retira el acceso lo pierde en ${minutes} minutos como máximo.`,
  idleEnds: (days) => html`Una aplicación que no se usa durante ${days} días también lo pierde.`,
  removeAll: 'Retirar el acceso a todas las aplicaciones …',
  removeAllMeans:
    'Todas las aplicaciones de esta lista pierden su acceso, en todos sus dispositivos. Puede volver a permitir cada una.',
  removeAllNow: 'Retirar ahora el acceso a todas',
  signOut: 'Cerrar sesión',
  clientsKeepAccess:
    'Al cerrar la sesión, las aplicaciones conservan el acceso que usted les ha dado.',
  upstreamRemains: (upstream) => html`Su sesión en ${upstream} sigue abierta.`,
  signOutHere: 'Cerrar sesión aquí',
  signOutEverywhere: 'Cerrar sesión en todos los navegadores',
  done: {
    removed: 'Hecho. La lista muestra las aplicaciones que aún tienen acceso.',
    'signed-out': 'Ha cerrado la sesión en este navegador.',
    'signed-out-everywhere': 'Ha cerrado la sesión en todos los navegadores.',
  },
}

export const connect: Catalogue['connect'] = {
  pageTitle: 'Conectar un servidor MCP',
  title: (server, upstream) => html`¿Conectar ${server} con ${upstream}?`,
  lead: (server, upstream) =>
    html`${server} pide acceso a su cuenta de ${upstream} para usarla en su nombre mientras trabaja con él.`,
  connect: (upstream) => html`Conectar e iniciar sesión con ${upstream}`,
  footnote: 'Si no esperaba esta página, ciérrela. No se comparte nada.',
  connectedTitle: 'Conectado',
  connected: (server, account, upstream) =>
    html`${server} tiene acceso a su cuenta de ${upstream} mientras lo utiliza. Ha iniciado sesión como ${account}.`,
  goBack: 'Puede cerrar esta página y volver a su aplicación.',
}

export const logout: Catalogue['logout'] = {
  title: '¿Cerrar la sesión?',
  asked: (client) => html`${client} le pide que cierre la sesión.`,
  signOut: 'Cerrar sesión',
  stay: 'Seguir con la sesión abierta',
  signedOutTitle: 'La sesión está cerrada',
  signedOut: 'Nadie ha iniciado sesión aquí con este navegador.',
}
