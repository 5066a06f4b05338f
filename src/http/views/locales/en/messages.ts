import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const message: Catalogue['message'] = {
  nextSteps: 'What you can do',
  reference: (reference) => html`If you ask for help, give this reference: ${reference}`,
  tryAgain: 'Try again',
  backToClient: 'Go back to the client',
  goOnTo: (host) => `Continue to ${host}`,
  onlyIfKnown:
    'This client has not been verified. Continue to its address only if you know it and started this sign-in yourself.',
  askedFor: (resources) => html`It asked for: ${resources}`,
  askedForNone: 'It named none.',
  availableHere: (resources) => html`Available here: ${resources}`,
  faultDetail: (detail) => `The error: ${detail}.`,
}

export const refusal: Catalogue['refusal'] = {
  title: 'This account has no access',
  signedIn: (account, upstream) => html`You signed in as ${account} with ${upstream}.`,
  mayNotUse: (resource) => html`This account is not allowed to use ${resource}.`,
  mayUseNothing: 'This account is not allowed to use any MCP server here.',
  mayNotGrant: (resource) =>
    html`This account may use ${resource}, but not with the permissions that the client asks for.`,
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
