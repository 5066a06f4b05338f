// The error pages: which symptoms have one, and whose move it is. Their words are in views/locales, because nothing here
// depends on the language.
import type { Symptom } from '../../../symptoms.ts'
import type { Html } from '../html.ts'

/** The party that can mend it, as the heading above the next steps says. */
export type Move = 'you' | 'wait' | 'operator' | 'mcpServer' | 'client'

/** A symptom without an entry is never seen on a page: only clients get it. */
export const PROBLEMS = {
  'storage-unreachable': 'wait',
  'server-too-slow': 'wait',
  'server-overloaded': 'wait',
  'too-many-requests': 'wait',
  'internal-error': 'operator',
  'not-found': 'you',
  'request-not-valid': 'client',
  'sign-in-expired': 'you',
  'sign-in-in-another-browser': 'you',
  'new-sign-in-not-confirmed': 'you',
  'form-expired': 'you',
  'account-disabled': 'operator',
  'provider-unreachable': 'wait',
  'sign-in-cancelled': 'you',
  'provider-response-refused': 'operator',
  'organisation-not-allowed': 'you',
  'sign-in-ended-by-provider': 'you',
  'client-metadata-unreachable': 'wait',
  'client-metadata-refused': 'client',
  'client-metadata-missing': 'you',
  'client-not-allowed': 'operator',
  'client-unknown': 'you',
  'redirect-uri-unknown': 'you',
  'resource-unknown': 'mcpServer',
  'resource-not-named': 'client',
} as const satisfies Partial<Record<Symptom, Move>>

export type ProblemName = keyof typeof PROBLEMS

/** @param upstream the name of the service that people sign in with */
export type Sentence = string | ((upstream: Html) => Html)

export interface ProblemWords {
  readonly title: string
  /** What happened. */
  readonly message: Sentence
  /** The move of whoever can mend it. */
  readonly steps: readonly Sentence[]
}

export function toProblemName(symptom: Symptom): ProblemName {
  return symptom in PROBLEMS ? (symptom as ProblemName) : 'request-not-valid'
}
