import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
  unnamedClient: 'eine App ohne Namen',
  title: (client) => `Darf ${client} zugreifen?`,
  heading: (client, resource) => html`Darf ${client} auf ${resource} zugreifen?`,
  verifiedDomain: (host) => html`geprüfte Domain ${host}`,
  registeredByAdministrator: 'vom Administrator registriert',
  unverified: 'ungeprüft',
  switchAccount: 'Konto wechseln',

  aboutYou: 'Über Sie',
  inResource: (resource) => html`Bei ${resource}`,
  inUpstream: (upstream, resource) => html`Bei ${upstream}, durch ${resource}`,
  upstreamAccount: 'Ihr Konto verwenden',
  noScopes: 'Die App verlangt keine bestimmten Rechte.',
  newMark: 'neu',
  risks: { write: 'ändert Daten', delete: 'löscht Daten' },
  allowedEarlier: 'Bereits erlaubt',
  allowedOn: (day) => html`Am ${day} erlaubt`,
  youAllowedEarlier: 'Schon früher von Ihnen erlaubt.',
  youAllowedOn: (day) => html`Am ${day} von Ihnen erlaubt.`,

  sentBack: (destination) => html`Sie kehren zu ${destination} zurück.`,
  signInThenBack: (upstream, destination) =>
    html`Sie melden sich mit ${upstream} an und kehren zu ${destination} zurück.`,
  destinations: {
    loopback: (host) => html`einer App auf diesem Computer (${host})`,
    through: (host) => html`einer App auf diesem Computer über ${host}`,
    app: 'einer App auf diesem Gerät',
  },
  onlyIfStarted: 'Nur erlauben, wenn Sie das waren.',

  careful: 'Vorsicht:',
  nameImitates: (known) =>
    html`Trotz des Namens ist das vielleicht nicht ${known}. Im Zweifel ablehnen.`,
  addressUnknown: 'Niemand hat diese App oder ihre Adresse geprüft. Im Zweifel ablehnen.',
  schemeUnowned: (scheme) => html`Jede App kann ${scheme}-Links beanspruchen.`,

  allow: 'Erlauben',
  deny: 'Ablehnen',
  staysConnected: (duration) =>
    html`Die App bleibt bis zu ${duration} verbunden, auch wenn Sie nicht da sind.`,
  accessLasts: (duration) => html`Der Zugriff gilt ${duration}.`,
  endItIn: (account) => html`Beenden können Sie das jederzeit in ${account}.`,
  yourAccount: 'Ihrem Konto',
  unexpected: 'Wenn Sie diese Seite nicht erwartet haben, lehnen Sie ab.',

  details: {
    heading: 'Einzelheiten',
    fullAddress: 'Vollständige Adresse',
    anyProgram: 'Dieser Server kann nicht erkennen, welches Programm dort zuhört.',
    resource: 'Der MCP-Server',
    scopes: 'Namen der Rechte',
    clientId: 'Client-ID',
    registration: 'Registrierung',
    fromDocument: (host) => html`Die App veröffentlicht ihren Namen unter ${host}.`,
    byItself: 'Die App hat sich selbst registriert.',
    byAdministrator: 'Ihr Administrator hat die App registriert.',
    access: 'Zugriff',
    endsUnused: (idle, longest) =>
      html`Endet, wenn er ${idle} lang nicht genutzt wird, spätestens nach ${longest}.`,
    endsAfter: (duration) => html`Endet nach ${duration}.`,
  },
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: 'Sie wiedererkennen',
  profile: 'Ihren Namen und Ihr Bild sehen',
  email: 'Ihre E-Mail-Adresse sehen',
  offline_access: 'Verbunden bleiben, während Sie nicht da sind',
}
