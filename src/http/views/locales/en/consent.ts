import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

export const consent: Catalogue['consent'] = {
  unnamedClient: 'an unnamed client',
  title: (client) => `Allow ${client}?`,
  heading: (client, resource) => html`Allow ${client} to use ${resource}?`,
  whoIsAsking: 'Who is asking',
  whatItCouldDo: 'What it could do',
  whereTheAnswerGoes: 'Where the answer goes',
  howYouSignIn: 'How you sign in',
  nameFromDocument: 'The client’s name comes from a document published at this address.',
  notVerified: 'Not verified',
  registeredItself: 'This client registered itself; its name has not been verified.',
  setUpByOperator: 'This client was set up by the operator of this server.',
  atResource: (resource) => html`At ${resource}`,
  noScopes: 'The client asks for no specific permissions.',
  newScopes: 'New permissions',
  allowedScopes: 'Already allowed and unchanged',
  staysConnected: 'The client also stays connected while you are away.',
  upstreamAccess: (resource, upstream) =>
    html`${resource} also gets access to your account with ${upstream}, while you use it:`,
  careful: 'Careful:',
  toLoopback:
    'the answer goes to a program on this computer, and this server cannot tell which one. Only continue if you started this sign-in yourself just now.',
  toPrivateUse: (scheme) =>
    html`the answer goes to an app on this device that handles ${scheme} links, and any app can claim those. Only continue if you started this sign-in yourself just now.`,
  fullAddress: (address) => html`Full address: ${address}`,
  willSignIn: (upstream) => html`You will sign in with ${upstream} once you allow this.`,
  signedIn: (account, upstream) =>
    html`You are signed in as ${account} with ${upstream}. You can allow access with this account or another one.`,
  allow: 'Allow',
  allowAndSignIn: (upstream) => html`Allow and sign in with ${upstream}`,
  anotherAccount: 'Use another account',
  deny: 'Deny',
  footnote:
    'Nothing is shared unless you allow it. If you did not expect this page, deny the request.',
}

export const oidcLines: Catalogue['oidcLines'] = {
  openid: 'Know which account is yours',
  profile: 'See your name and picture',
  email: 'See your e-mail address',
  offline_access: 'Stay connected while you are away',
}
