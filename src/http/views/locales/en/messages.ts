import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
  moves: {
    you: 'What you can do',
    wait: 'You only need to wait',
    operator: 'The people who run this server have to act',
    mcpServer: 'The people who run the MCP server have to act',
    client: 'The makers of the app have to act',
  },
  reference: (reference) => html`If you ask for help, give this reference: ${reference}`,
  tryAgain: 'Try again',
  backToClient: 'Go back to the app',
  anotherAccount: 'Use another account',
  goOnTo: (host) => `Continue to ${host}`,
  onlyIfKnown:
    'This app has not been verified. Continue to its address only if you know it and started this sign-in yourself.',
  details: 'Details',
  askedFor: 'The app asked for',
  askedForNone: 'It named none.',
  knownHere: 'This server knows',
  error: 'Error',
  forSupport: 'What to send to support',
  howToCopy: 'Select this text and copy it. It contains no secrets.',
}

export const landing: Catalogue['landing'] = {
  title: 'Sign-in for MCP servers',
  purpose: 'This is where apps sign you in',
  nothingToDo:
    'You have nothing to do here: start in your app, which opens this site when it needs you.',
  account: 'See which apps have access',
  forOperators: 'For operators and developers',
  notAnMcpServer:
    'This is the address of the authorization server. In an app, enter the address of the MCP server instead.',
  oauthMetadata: 'Metadata (OAuth 2.0)',
  openidMetadata: 'Metadata (OpenID Connect)',
  keys: 'Signing keys',
  isAlive: 'Health: the process answers',
  isReady: 'Health: the storage answers',
}

export const refusal: Catalogue['refusal'] = {
  title: 'This account has no access',
  signedIn: (account, upstream) => html`You signed in as ${account} with ${upstream}.`,
  mayNotUse: (resource) => html`This account is not allowed to use ${resource}.`,
  mayUseNothing: 'This account is not allowed to use any MCP server here.',
  mayNotGrant: (resource) =>
    html`This account may use ${resource}, but not with the permissions that the app asks for.`,
  useAnother: 'If you have another account, use that one.',
  ask: (contact) => html`To get access, ask ${contact}.`,
  askOperator: 'To get access, ask the people who run this server.',
}

export const links: Catalogue['links'] = {
  label: 'About this service',
  terms: 'Terms of use',
  privacy: 'Privacy',
  support: 'Support',
  account: 'Your account',
}
