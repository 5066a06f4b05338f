import { html } from '../../html.ts'
import type { Catalogue } from '../catalogue.ts'

const inAMinute = 'Try again in a minute.'
const tellOperator = 'If it keeps failing, tell the people who run this server.'
const askSupport = 'If it fails again, send the text below to the people who run this server.'
const tellMakers = 'If it fails again, send the text below to the makers of the app.'
const startAgain = 'Go back to the app and start the sign-in again.'
const allowCookies = 'Allow cookies for this site if your browser blocks them.'
const addAgain = 'In the app, remove this MCP server and add it again.'

export const problems: Catalogue['problems'] = {
  'storage-unreachable': {
    title: 'Back in a moment',
    message: 'This server cannot reach its storage at the moment. Nothing is lost.',
    steps: [inAMinute, tellOperator],
  },
  'server-too-slow': {
    title: 'That took too long',
    message: 'This server took too long to answer. Nothing is lost.',
    steps: [inAMinute, tellOperator],
  },
  'server-overloaded': {
    title: 'Very busy at the moment',
    message: 'This server has too many requests at the moment. Nothing is lost.',
    steps: ['Try again in a few seconds.'],
  },
  'too-many-requests': {
    title: 'Too many requests',
    message:
      'Your network or your app has sent more requests than this server allows. Nothing is lost.',
    steps: ['Wait a minute, then try again.', tellOperator],
  },
  'internal-error': {
    title: 'This did not work',
    message: 'Something went wrong on this server.',
    steps: ['Try again.', askSupport],
  },
  'not-found': {
    title: 'Nothing here',
    message: 'There is nothing at this address.',
    steps: [
      'Check the address.',
      'In your app, enter the address of the MCP server, not the address of this server.',
    ],
  },
  'request-not-valid': {
    title: 'This sign-in request isn’t valid',
    message: 'The app that sent you here made a request that this server cannot process.',
    steps: ['Update the app, and start again from there.', tellMakers],
  },
  'sign-in-expired': {
    title: 'This sign-in has expired',
    message: 'It took too long, was already finished, or its cookie is missing.',
    steps: [startAgain, allowCookies],
  },
  'sign-in-in-another-browser': {
    title: 'This sign-in cannot continue here',
    message: 'It was started in another browser, was already finished, or its cookie is missing.',
    steps: [startAgain, 'Finish it in the same browser, with cookies allowed for this site.'],
  },
  'new-sign-in-not-confirmed': {
    title: 'A new sign-in is required',
    message: (upstream) =>
      html`The app requires a new sign-in, and ${upstream} did not confirm that one took place.`,
    steps: [
      (upstream) => html`Try again, and sign in anew if ${upstream} lets you.`,
      (upstream) =>
        html`If it keeps failing, ${upstream} cannot confirm new sign-ins: tell the makers of the app.`,
    ],
  },
  'form-expired': {
    title: 'Please try that again',
    message:
      'This form is no longer valid: you signed in or out after the page was opened, or another website sent the form. Nothing was changed.',
    steps: ['Go back, reload the page and try again.', allowCookies],
  },
  'account-disabled': {
    title: 'This account is disabled',
    message: 'Your account is disabled on this server.',
    steps: [
      'If you think that this is a mistake, ask the people who run this server.',
      'If you have another account, sign in with that one.',
    ],
  },
  'provider-unreachable': {
    title: 'Sign-in is temporarily unavailable',
    message: (upstream) =>
      html`You sign in with ${upstream}, which this server cannot reach at the moment.`,
    steps: [
      inAMinute,
      (upstream) => html`If ${upstream} works elsewhere, tell the people who run this server.`,
    ],
  },
  'sign-in-cancelled': {
    title: 'You were not signed in',
    message: (upstream) => html`The sign-in was cancelled, or ${upstream} refused it.`,
    steps: [
      'Try again, or sign in with another account.',
      (upstream) => html`If you did not cancel it, ask the administrators of ${upstream}.`,
    ],
  },
  'provider-response-refused': {
    title: 'The sign-in did not work',
    message: (upstream) => html`${upstream} sent a response that this server cannot accept.`,
    steps: ['Try again.', askSupport],
  },
  'organisation-not-allowed': {
    title: 'This account is not allowed here',
    message: (upstream) =>
      html`Your account with ${upstream} belongs to an organisation whose people may not sign in here.`,
    steps: [
      'Sign in with an account of the right organisation.',
      'If this is the right one, tell the people who run this server.',
    ],
  },
  'sign-in-ended-by-provider': {
    title: 'Please sign in again',
    message: (upstream) => html`${upstream} has ended your sign-in.`,
    steps: ['Sign in again.'],
  },
  'client-metadata-unreachable': {
    title: 'This app cannot be looked up',
    message:
      'The app publishes a description of itself on the web, and this server cannot fetch it at the moment.',
    steps: [
      inAMinute,
      'If it keeps failing, tell the people who run this server: it may have no internet access. They can let apps register instead.',
    ],
  },
  'client-metadata-refused': {
    title: 'This app cannot be used here',
    message: 'The app publishes a description of itself on the web, and that has a fault.',
    steps: [
      'Send the text below to the makers of the app.',
      'Once they have fixed it, wait a minute and try again.',
    ],
  },
  'client-metadata-missing': {
    title: 'This app is not known here',
    message: 'The app has withdrawn the description of itself on the web, or never published one.',
    steps: [`Update the app. ${addAgain}`, tellMakers],
  },
  'client-not-allowed': {
    title: 'This app is not allowed here',
    message: 'The people who run this server have not allowed this app.',
    steps: ['Send them the text below, and ask them to allow the app.'],
  },
  'client-unknown': {
    title: 'This app is not known here',
    message:
      'The app that sent you here is not registered with this server, or its registration has expired.',
    steps: [
      `${addAgain} It then registers again.`,
      'If it fails again, delete the sign-in that the app has stored.',
    ],
  },
  'redirect-uri-unknown': {
    title: 'The answer would go to an unknown address',
    message:
      'The app asked for the answer to go to an address that it has not registered. Nothing was sent.',
    steps: [addAgain, 'If you did not start this sign-in yourself, close this page.'],
  },
  'resource-unknown': {
    title: 'This MCP server cannot be used here',
    message: 'The app named an MCP server that this server does not know.',
    steps: [
      'Check the address of the MCP server in your app.',
      'If it is right, send them the text below: the two addresses in “Details” have to be the same.',
    ],
  },
  'resource-not-named': {
    title: 'The app must name one MCP server',
    message: 'An app gets access to one MCP server at a time. This one named none, or several.',
    steps: ['Update the app, and start again from there.', tellMakers],
  },
}
