// An attack is a flow with one step changed. Each attack has a control, the same flow with the honest step, so
// that an attack cannot fail for the wrong reason.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from './send.ts'

export interface AttackedFlow<Step> {
  /** The rule that the attacks do not break. */
  readonly guarantee: string
  /** Runs the flow from its beginning with this step. Returns what the attacker can tell or gain. */
  readonly run: (step: Step) => Promise<string>
  readonly honest: Step
  /** The outcome of the honest flow. */
  readonly control: string | RegExp
  /** The outcome of every attack. */
  readonly refusal: string | RegExp
  readonly attacks: Readonly<Record<string, Step>>
}

/** Registers a test for each attack, and one for the control. */
export function testAttacks<Step>(flow: AttackedFlow<Step>): void {
  const { guarantee, run, honest, control, refusal, attacks } = flow
  test(`control: ${guarantee}`, async () => assertOutcome(await run(honest), control))
  for (const [what, step] of Object.entries(attacks)) {
    test(`${guarantee}: ${what}`, async () => assertOutcome(await run(step), refusal))
  }
  // An attack must not have changed the server.
  test(`control after the attacks: ${guarantee}`, async () =>
    assertOutcome(await run(honest), control))
}

function assertOutcome(outcome: string, expected: string | RegExp): void {
  if (typeof expected === 'string') assert.equal(outcome, expected)
  else assert.match(outcome, expected)
}

/** Status and OAuth error of an answer, such as `400 invalid_grant`, `200` or `303 https://host`. */
export function outcomeOf(
  answer: Pick<Answer, 'status' | 'headers'> & {
    readonly body: string | Readonly<Record<string, unknown>>
  },
): string {
  const { status, headers } = answer
  const location = headers.get('location')
  if (location !== null) return `${status} ${URL.parse(location)?.origin ?? 'same origin'}`
  if (headers.get('content-type')?.startsWith('text/html')) return `${status} page`
  const body = typeof answer.body === 'string' ? parseOrEmpty(answer.body) : answer.body
  return [status, body['error']].filter((part) => part !== undefined).join(' ')
}

function parseOrEmpty(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
