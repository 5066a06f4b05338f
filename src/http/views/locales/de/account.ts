import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const account: Catalogue['account'] = {
  title: 'Ihr Konto',
  purpose:
    'Melden Sie sich an, um zu sehen, welche MCP-Clients in Ihrem Namen Zugriff haben, und um ihn zu entziehen.',
  signIn: (upstream) => html`Mit ${upstream} anmelden`,
  signedIn: (account, upstream) => html`Sie sind mit ${upstream} als ${account} angemeldet.`,
  clientsWithAccess: 'Clients mit Zugriff',
  noClients: 'Kein Client hat Zugriff in Ihrem Namen.',
  unnamedClient: 'Client ohne Namen',
  since: 'Seit',
  lastUsed: 'Zuletzt genutzt',
  neverUsed: 'Seither nicht',
  until: 'Bis',
  remove: 'Zugriff entziehen',
  removeOf: (client, resource) => html`Zugriff entziehen: ${client} auf ${resource}`,
  tokensRemain: (minutes) =>
    html`Ein Client, dem Sie den Zugriff entziehen, erhält keine neuen Zugriffstokens. Die, die er schon hat, gelten bis zu ihrem Ablauf weiter, höchstens ${minutes} Minuten.`,
  idleEnds: (days) =>
    html`Ein Client, der ${days} Tage lang keine neuen Tokens holt, verliert seinen Zugriff ebenfalls.`,
  removeAll: 'Allen Clients den Zugriff entziehen …',
  removeAllMeans:
    'Jeder Client in dieser Liste verliert seinen Zugriff, auf allen Ihren Geräten und in allen Programmen. Sie können jeden wieder erlauben.',
  removeAllNow: 'Allen jetzt den Zugriff entziehen',
  signOut: 'Abmelden',
  clientsKeepAccess: 'Beim Abmelden behalten Clients den Zugriff, den Sie ihnen erlaubt haben.',
  upstreamRemains: (upstream) => html`Bei ${upstream} bleiben Sie angemeldet.`,
  signOutHere: 'Hier abmelden',
  signOutEverywhere: 'In allen Browsern abmelden',
  done: {
    removed: 'Erledigt. Die Liste zeigt die Clients, die noch Zugriff haben.',
    'signed-out': 'Sie sind in diesem Browser abgemeldet.',
    'signed-out-everywhere': 'Sie sind in allen Browsern abgemeldet.',
  },
}

export const connect: Catalogue['connect'] = {
  pageTitle: 'Einen MCP-Server verbinden',
  title: (server, upstream) => html`${server} mit ${upstream} verbinden?`,
  lead: (server, upstream) =>
    html`${server} bittet um Zugriff auf Ihr Konto bei ${upstream}, um es in Ihrem Namen zu verwenden, während Sie damit arbeiten.`,
  connect: (upstream) => html`Verbinden und bei ${upstream} anmelden`,
  footnote:
    'Wenn Sie diese Seite nicht erwartet haben, schließen Sie sie. Es wird nichts weitergegeben.',
  connectedTitle: 'Verbunden',
  connected: (server, account, upstream) =>
    html`${server} hat Zugriff auf Ihr Konto bei ${upstream}, während Sie es verwenden. Sie sind als ${account} angemeldet.`,
  goBack: 'Sie können diese Seite schließen und zu Ihrem MCP-Client zurückkehren.',
}

export const logout: Catalogue['logout'] = {
  title: 'Abmelden?',
  whereYouGo: 'Wohin Sie danach gelangen',
  signOut: 'Abmelden',
  stay: 'Angemeldet bleiben',
  signedOutTitle: 'Sie sind abgemeldet',
  signedOut: 'In diesem Browser ist hier niemand angemeldet.',
}
