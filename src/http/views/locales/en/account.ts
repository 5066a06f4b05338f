import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const account: Catalogue['account'] = {
  title: 'Your account',
  purpose: 'Sign in to see which apps have access in your name, and to remove their access.',
  signIn: (upstream) => html`Sign in with ${upstream}`,
  signedIn: (account, upstream) => html`You are signed in as ${account} with ${upstream}.`,
  clientsWithAccess: 'Apps with access',
  noClients: 'No app has access in your name.',
  unnamedClient: 'Unnamed app',
  since: 'Since',
  lastUsed: 'Last used',
  neverUsed: 'Not since then',
  until: 'Until',
  remove: 'Remove access',
  removeOf: (client, resource) => html`Remove access of ${client} to ${resource}`,
  tokensRemain: (minutes) =>
    html`An app that you remove loses its access within ${minutes} minutes.`,
  idleEnds: (days) => html`An app that is not used for ${days} days loses it too.`,
  removeAll: 'Remove all apps …',
  removeAllMeans:
    'Every app in this list loses its access, on all your devices. You can allow each of them again.',
  removeAllNow: 'Remove all apps now',
  signOut: 'Sign out',
  clientsKeepAccess: 'Signing out does not remove apps: they keep the access that you gave them.',
  upstreamRemains: (upstream) => html`You stay signed in at ${upstream}.`,
  signOutHere: 'Sign out here',
  signOutEverywhere: 'Sign out in all browsers',
  done: {
    removed: 'Done. The list shows the apps that still have access.',
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
  goBack: 'You can close this page and go back to your app.',
}

export const logout: Catalogue['logout'] = {
  title: 'Sign out?',
  asked: (client) => html`${client} asks you to sign out.`,
  signOut: 'Sign out',
  stay: 'Stay signed in',
  signedOutTitle: 'You are signed out',
  signedOut: 'Nobody is signed in here with this browser.',
}
