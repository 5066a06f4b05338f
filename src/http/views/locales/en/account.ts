import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const account: Catalogue['account'] = {
  title: 'Your account',
  purpose: 'Sign in to see which MCP clients have access in your name, and to remove it.',
  signIn: (upstream) => html`Sign in with ${upstream}`,
  signedIn: (account, upstream) => html`You are signed in as ${account} with ${upstream}.`,
  clientsWithAccess: 'Clients with access',
  noClients: 'No client has access in your name.',
  unnamedClient: 'Unnamed client',
  since: 'Since',
  lastUsed: 'Last used',
  neverUsed: 'Not since then',
  until: 'Until',
  remove: 'Remove access',
  removeOf: (client, resource) => html`Remove access of ${client} to ${resource}`,
  tokensRemain: (minutes) =>
    html`A client that you remove gets no new access tokens. Its current ones work until they expire, for ${minutes} minutes at most.`,
  idleEnds: (days) => html`A client that gets no new tokens for ${days} days loses its access too.`,
  removeAll: 'Remove all clients …',
  removeAllMeans:
    'Every client in this list loses its access, on all your devices and in all programs. You can allow each of them again.',
  removeAllNow: 'Remove all clients now',
  signOut: 'Sign out',
  clientsKeepAccess:
    'Signing out does not remove clients: they keep the access that you gave them.',
  upstreamRemains: (upstream) => html`You stay signed in at ${upstream}.`,
  signOutHere: 'Sign out here',
  signOutEverywhere: 'Sign out in all browsers',
  done: {
    removed: 'Done. The list shows the clients that still have access.',
    'signed-out': 'You are signed out in this browser.',
    'signed-out-everywhere': 'You are signed out in all browsers.',
  },
}

export const connect: Catalogue['connect'] = {
  pageTitle: 'Connect an MCP server',
  title: (server, upstream) => html`Connect ${server} with ${upstream}?`,
  lead: (server, upstream) =>
    html`${server} asks for access to your account with ${upstream}, to use it in your name while you work with it.`,
  connect: (upstream) => html`Connect and sign in with ${upstream}`,
  footnote: 'If you did not expect this page, close it. Nothing is shared.',
  connectedTitle: 'Connected',
  connected: (server, account, upstream) =>
    html`${server} has access to your account with ${upstream} while you use it. You are signed in as ${account}.`,
  goBack: 'You can close this page and go back to your MCP client.',
}

export const logout: Catalogue['logout'] = {
  title: 'Sign out?',
  whereYouGo: 'Where you go afterwards',
  signOut: 'Sign out',
  stay: 'Stay signed in',
  signedOutTitle: 'You are signed out',
  signedOut: 'Nobody is signed in here with this browser.',
}
