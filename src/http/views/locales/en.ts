import { ENGINE_PAGES, FAULT_TITLES } from '../error-pages.ts'
import { html } from '../html.ts'
import type { Catalogue } from './catalogue.ts'

/** The words of our faults are in faults.ts, because clients read them too. */
export const en: Catalogue = {
  language: 'en',
  consent: {
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
  },
  account: {
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
    idleEnds: (days) =>
      html`A client that gets no new tokens for ${days} days loses its access too.`,
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
  },
  connect: {
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
  },
  logout: {
    title: 'Sign out?',
    whereYouGo: 'Where you go afterwards',
    signOut: 'Sign out',
    stay: 'Stay signed in',
    signedOutTitle: 'You are signed out',
    signedOut: 'Nobody is signed in here with this browser.',
  },
  oidcLines: {
    openid: 'Know which account is yours',
    profile: 'See your name and picture',
    email: 'See your e-mail address',
    offline_access: 'Stay connected while you are away',
  },
  message: {
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
  },
  refusal: {
    title: 'This account has no access',
    signedIn: (account, upstream) => html`You signed in as ${account} with ${upstream}.`,
    mayNotUse: (resource) => html`This account is not allowed to use ${resource}.`,
    mayNotGrant: (resource) =>
      html`This account may use ${resource}, but not with the permissions that the client asks for.`,
    useAnother: 'If you have another account, use that one.',
    ask: (contact) => html`To get access, ask ${contact}.`,
    askOperator: 'To get access, ask the people who run this server.',
  },
  links: {
    label: 'About this service',
    terms: 'Terms of use',
    privacy: 'Privacy',
    support: 'Support',
    account: 'Your account',
  },
  describeFault: (fault) => ({
    title: FAULT_TITLES[fault.code] ?? 'This did not work',
    message: fault.description,
    nextSteps: fault.nextSteps,
  }),
  enginePages: ENGINE_PAGES,
}
