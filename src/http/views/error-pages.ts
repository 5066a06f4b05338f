// The English words of error pages: titles for our own faults (their texts are in faults.ts), and whole
// pages for the engine's errors. The other languages are in views/locales.
import type { AppErrorCode } from '../../errors.ts'

export const FAULT_TITLES: Partial<Record<AppErrorCode, string>> = {
  not_found: 'Nothing here',
  account_disabled: 'This account is disabled',
  invalid_callback: 'The sign-in did not work',
  interaction_expired: 'This sign-in has expired',
  login_not_fresh: 'A new sign-in is required',
  login_attempt_foreign: 'This sign-in cannot continue here',
  login_attempt_spent: 'This sign-in has expired',
  form_expired: 'Please try that again',
  client_document_not_allowed: 'This client is not allowed here',
  client_document_refused: 'This client cannot be used here',
  client_document_unavailable: 'The client cannot be looked up',
  client_document_unresolved: 'The client cannot be looked up',
  client_document_withdrawn: 'This client is not known here',
  store_unavailable: 'Back in a moment',
  upstream_account_refused: 'This account is not allowed here',
  upstream_denied: 'You were not signed in',
  upstream_failed: 'The sign-in did not work',
  upstream_unavailable: 'Sign-in is temporarily unavailable',
}

export interface PageText {
  readonly title: string
  readonly message: string
  readonly nextSteps: readonly string[]
}

const UNKNOWN_CLIENT: PageText = {
  title: 'This client is not known here',
  message:
    'The client that sent you here is not registered with this server, or its registration has expired.',
  nextSteps: [
    'In your MCP client, remove this MCP server and add it again. The client then registers again.',
    'If it still fails, delete the sign-in that the client has stored.',
  ],
}

/** By the engine's OAuth error code. `expired` and `faulty_request` are our own names. */
export const ENGINE_PAGES = {
  invalid_client: UNKNOWN_CLIENT,
  invalid_redirect_uri: {
    title: 'The answer would go to an unknown address',
    message:
      'The client asked for the answer to go to an address that it has not registered. Nothing was sent.',
    nextSteps: ['In your MCP client, remove this MCP server and add it again.'],
  },
  temporarily_unavailable: {
    title: 'Back in a moment',
    message: 'The server cannot reach its storage at the moment. Nothing is lost.',
    nextSteps: ['Try again in a minute.'],
  },
  server_error: {
    title: 'This did not work',
    message: 'Something went wrong on this server.',
    nextSteps: [
      'Try again.',
      'If the problem persists, give the reference below to the people who run this server.',
    ],
  },
  expired: {
    title: 'This sign-in has expired',
    message: 'It was already finished, took too long, or its cookies are missing.',
    nextSteps: [
      'Go back to your MCP client and start the sign-in again.',
      'Allow cookies for this site if your browser blocks them.',
    ],
  },
  invalid_target: {
    title: 'This MCP server cannot be used here',
    message: 'The client must name one MCP server that people sign in to here.',
    nextSteps: [
      'Check the address of the MCP server in your MCP client.',
      'If it is right, give the reference below to the people who run this server.',
    ],
  },
  faulty_request: {
    title: 'This sign-in request isn’t valid',
    message: 'The client that sent you here made a request that this server cannot process.',
    nextSteps: [
      'Start again from your MCP client.',
      'If the problem persists, report it to the developers of the client.',
    ],
  },
} as const satisfies Record<string, PageText>

export type EnginePageName = keyof typeof ENGINE_PAGES

/** @param error an OAuth error code */
export function toEnginePageName(error: string): EnginePageName {
  switch (error) {
    case 'invalid_client':
    case 'invalid_redirect_uri':
    case 'invalid_target':
    case 'temporarily_unavailable':
    case 'server_error':
      return error
    default:
      return 'faulty_request'
  }
}
