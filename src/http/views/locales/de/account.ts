import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const account: Catalogue['account'] = {
  title: 'Ihr Konto',
  purpose:
    'Melden Sie sich an, um zu sehen, welche Apps in Ihrem Namen Zugriff haben, und um ihn zu entziehen.',
  signIn: (upstream) => html`Mit ${upstream} anmelden`,
  signedIn: (account, upstream) => html`Sie sind mit ${upstream} als ${account} angemeldet.`,
  clientsWithAccess: 'Apps mit Zugriff',
  noClients: 'Keine App hat Zugriff in Ihrem Namen.',
  unnamedClient: 'App ohne Namen',
  since: 'Seit',
  lastUsed: 'Zuletzt genutzt',
  neverUsed: 'Seither nicht',
  until: 'Bis',
  remove: 'Zugriff entziehen',
  removeOf: (client, resource) => html`Zugriff entziehen: ${client} auf ${resource}`,
  tokensRemain: (minutes) =>
    html`Eine App, der Sie den Zugriff entziehen, verliert ihn innerhalb von ${minutes} Minuten.`,
  idleEnds: (days) => html`Auch eine App, die ${days} Tage lang nicht genutzt wird, verliert ihn.`,
  removeAll: 'Allen Apps den Zugriff entziehen …',
  removeAllMeans:
    'Jede App in dieser Liste verliert ihren Zugriff, auf allen Ihren Geräten. Sie können jede wieder erlauben.',
  removeAllNow: 'Allen jetzt den Zugriff entziehen',
  signOut: 'Abmelden',
  clientsKeepAccess: 'Beim Abmelden behalten Apps den Zugriff, den Sie ihnen erlaubt haben.',
  upstreamRemains: (upstream) => html`Bei ${upstream} bleiben Sie angemeldet.`,
  signOutHere: 'Hier abmelden',
  signOutEverywhere: 'In allen Browsern abmelden',
  done: {
    removed: 'Erledigt. Die Liste zeigt die Apps, die noch Zugriff haben.',
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
  goBack: 'Sie können diese Seite schließen und zu Ihrer App zurückkehren.',
}

export const logout: Catalogue['logout'] = {
  title: 'Abmelden?',
  asked: (client) => html`${client} möchte, dass Sie sich abmelden.`,
  signOut: 'Abmelden',
  stay: 'Angemeldet bleiben',
  signedOutTitle: 'Sie sind abgemeldet',
  signedOut: 'In diesem Browser ist hier niemand angemeldet.',
}
