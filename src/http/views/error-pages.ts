// What people read when something went wrong: the titles of our faults, and pages for the engine's.
// In English; the other languages are views/locales.
import type { AppErrorCode } from '../../errors.ts'

export const FAULT_TITLES: Partial<Record<AppErrorCode, string>> = {
  not_found: 'Nothing here',
  interaction_expired: 'This sign-in is over',
  login_attempt_foreign: 'This sign-in cannot go on here',
  login_attempt_spent: 'This sign-in is over',
  client_document_not_allowed: 'This client is not allowed here',
  client_document_refused: 'This client cannot be used here',
  client_document_unavailable: 'The client cannot be looked up',
  client_document_withdrawn: 'This client is not known here',
  store_unavailable: 'Back in a moment',
  upstream_denied: 'You were not signed in',
  upstream_failed: 'The sign-in did not work',
  upstream_unavailable: 'The sign-in service is away',
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
    'In your MCP client, remove this MCP server and add it again: it will register anew.',
    'If it still fails, clear the stored sign-in of that client.',
  ],
}

/** By the error of the engine, and two that are none of its codes. */
export const ENGINE_PAGES = {
  invalid_client: UNKNOWN_CLIENT,
  invalid_redirect_uri: {
    title: 'The answer would go to an unknown address',
    message:
      'The client asked for the answer at an address that it has not registered. Nothing was sent.',
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
    nextSteps: ['Try again.', 'If it lasts, give the reference below to the people who run it.'],
  },
  expired: {
    title: 'This sign-in is over',
    message: 'It was finished already, took too long, or its cookies are missing.',
    nextSteps: [
      'Go back to your MCP client and start the sign-in again.',
      'Allow cookies for this site if your browser blocks them.',
    ],
  },
  faulty_request: {
    title: 'The client sent a faulty request',
    message: 'The client that sent you here asked for something that this server cannot answer.',
    nextSteps: [
      'Start again from your MCP client.',
      'If it lasts, report it to the makers of the client.',
    ],
  },
} as const satisfies Record<string, PageText>

export type EnginePageName = keyof typeof ENGINE_PAGES

/** @param error an OAuth error code */
export function toEnginePageName(error: string): EnginePageName {
  switch (error) {
    case 'invalid_client':
    case 'invalid_redirect_uri':
    case 'temporarily_unavailable':
    case 'server_error':
      return error
    default:
      return 'faulty_request'
  }
}
