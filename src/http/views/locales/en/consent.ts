import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
  unnamedClient: 'an unnamed app',
  title: (client) => `Allow ${client}?`,
  heading: (client, resource) => html`Allow ${client} to use ${resource}?`,
  verifiedDomain: (host) => html`verified domain ${host}`,
  registeredByAdministrator: 'registered by your administrator',
  unverified: 'unverified',
  switchAccount: 'Switch account',

  aboutYou: 'About you',
  inResource: (resource) => html`In ${resource}`,
  inUpstream: (upstream, resource) => html`In ${upstream}, through ${resource}`,
  upstreamAccount: 'Use your account',
  noScopes: 'The app asks for no specific permissions.',
  newMark: 'new',
  risks: { write: 'changes data', delete: 'deletes data' },
  allowedEarlier: 'Already allowed',
  allowedOn: (day) => html`Allowed on ${day}`,
  youAllowedEarlier: 'You allowed this before.',
  youAllowedOn: (day) => html`You allowed this on ${day}.`,

  sentBack: (destination) => html`You’ll return to ${destination}.`,
  signInThenBack: (upstream, destination) =>
    html`You’ll sign in with ${upstream}, then return to ${destination}.`,
  destinations: {
    loopback: (host) => html`an app on this computer (${host})`,
    through: (host) => html`an app on this computer, through ${host}`,
    app: 'an app on this device',
  },
  onlyIfStarted: 'Allow only if you started this.',

  careful: 'Careful:',
  nameImitates: (known) => html`despite its name, this may not be ${known}. Deny if unsure.`,
  addressUnknown: 'nobody has verified this app or its address. Deny if unsure.',
  schemeUnowned: (scheme) => html`any app can claim ${scheme} links.`,

  allow: 'Allow',
  deny: 'Deny',
  staysConnected: (duration) =>
    html`The app stays connected for up to ${duration}, even while you are away.`,
  accessLasts: (duration) => html`Access lasts ${duration}.`,
  endItIn: (account) => html`You can end it at any time in ${account}.`,
  yourAccount: 'your account',
  unexpected: 'If you did not expect this page, deny the request.',

  details: {
    heading: 'Details',
    fullAddress: 'Full address',
    anyProgram: 'This server cannot tell which program listens there.',
    resource: 'MCP server',
    scopes: 'Permissions by name',
    clientId: 'Client ID',
    registration: 'Registration',
    fromDocument: (host) => html`The app publishes its name at ${host}.`,
    byItself: 'The app registered itself.',
    byAdministrator: 'Your administrator registered the app.',
    access: 'Access',
    endsUnused: (idle, longest) =>
      html`Ends after ${idle} without use, and after ${longest} at the latest.`,
    endsAfter: (duration) => html`Ends after ${duration}.`,
  },
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: 'Recognise you',
  profile: 'See your name and picture',
  email: 'See your e-mail address',
  offline_access: 'Stay connected while you are away',
}
