// The upstream faults that upstream-faults.test.ts goes through, and the text of docs/upstream-faults.md.
import { UPSTREAM_TEXT, type UpstreamFault } from '../support/faulty-upstream.ts'

export interface Outcome {
  readonly status: number
  readonly title: string
  /** RFC 6749 §4.1.2.1 */
  readonly error: string
}

export const OUTCOMES = {
  unavailable: {
    status: 503,
    title: 'Sign-in is temporarily unavailable',
    error: 'temporarily_unavailable',
  },
  failed: { status: 502, title: 'The sign-in did not work', error: 'server_error' },
  malformed: { status: 400, title: 'The sign-in did not work', error: 'server_error' },
  denied: { status: 403, title: 'You were not signed in', error: 'access_denied' },
} as const satisfies Record<string, Outcome>

/** `before`: the browser has not left for the upstream yet. `after`: it has come back. */
type Half = 'before' | 'after'

export interface FaultCase {
  readonly name: string
  readonly half: Half
  readonly outcome: keyof typeof OUTCOMES
  readonly fault: UpstreamFault
}

/** The kinds of records that a failed sign-in leaves. No other sign-in and no token can use them. */
export const KEPT_KINDS = ['client', 'interaction'] as const

type Row = readonly [name: string, outcome: FaultCase['outcome'], fault: UpstreamFault]

const status = (code: number) => ({ status: code, type: 'text/html', body: UPSTREAM_TEXT })
const malformed = { body: `{"${UPSTREAM_TEXT}": ` }
/** Correct in all else. */
const tooLarge = { members: { padding: 'x'.repeat(256 * 1024) } }
const html = { type: 'text/html', body: `<h1>${UPSTREAM_TEXT}</h1>` }
const elsewhere = `https://${UPSTREAM_TEXT}.example`
const refusal = (error: string) => ({
  authorization: { code: undefined, error, error_description: UPSTREAM_TEXT },
})
const oauthError = (code: number, error: string) => ({
  status: code,
  body: JSON.stringify({ error, error_description: UPSTREAM_TEXT }),
})
const soon = () => Math.floor(Date.now() / 1000) + 3600
const claims = (members: Record<string, unknown>) => ({ idToken: { claims: members } })

const BEFORE: readonly Row[] = [
  ['Discovery: connection reset', 'unavailable', { discovery: 'reset' }],
  ['Discovery: no response', 'unavailable', { discovery: 'silence' }],
  ['Discovery: truncated response', 'unavailable', { discovery: 'cut' }],
  ['Discovery: 500', 'unavailable', { discovery: status(500) }],
  ['Discovery: 404', 'failed', { discovery: status(404) }],
  ['Discovery: malformed JSON', 'failed', { discovery: malformed }],
  ['Discovery: more than 256 KiB', 'failed', { discovery: tooLarge }],
  ['Discovery: another issuer', 'failed', { discovery: { members: { issuer: elsewhere } } }],
  [
    'Discovery: no authorization endpoint',
    'failed',
    { discovery: { members: { authorization_endpoint: undefined } } },
  ],
  [
    'Discovery: no token endpoint',
    'failed',
    { discovery: { members: { token_endpoint: undefined } } },
  ],
  ['Discovery: no JWKS', 'failed', { discovery: { members: { jwks_uri: undefined } } }],
]

const AFTER: readonly Row[] = [
  ['Authorization: `access_denied`', 'denied', refusal('access_denied')],
  ['Authorization: `login_required`', 'denied', refusal('login_required')],
  ['Authorization: `consent_required`', 'denied', refusal('consent_required')],
  ['Authorization: `temporarily_unavailable`', 'unavailable', refusal('temporarily_unavailable')],
  ['Authorization: `server_error`', 'failed', refusal('server_error')],
  ['Authorization: an unknown error code', 'failed', refusal(UPSTREAM_TEXT)],
  ['Authorization: another `iss`', 'malformed', { authorization: { iss: elsewhere } }],
  ['Authorization: no `iss`', 'malformed', { authorization: { iss: undefined } }],
  ['Authorization: no code', 'malformed', { authorization: { code: undefined } }],
  ['Token: `invalid_grant`', 'failed', { token: oauthError(400, 'invalid_grant') }],
  ['Token: `invalid_client`, 401', 'failed', { token: oauthError(401, 'invalid_client') }],
  ['Token: 429', 'unavailable', { token: status(429) }],
  ['Token: 500', 'unavailable', { token: status(500) }],
  ['Token: 503', 'unavailable', { token: oauthError(503, 'temporarily_unavailable') }],
  ['Token: malformed JSON', 'failed', { token: malformed }],
  ['Token: more than 256 KiB', 'failed', { token: tooLarge }],
  ['Token: HTML', 'failed', { token: html }],
  ['Token: no response', 'unavailable', { token: 'silence' }],
  ['Token: response stalls', 'unavailable', { token: 'stall' }],
  ['Token: truncated response', 'unavailable', { token: 'cut' }],
  ['Token: connection reset', 'unavailable', { token: 'reset' }],
  ['Token: no ID token', 'failed', { token: { members: { id_token: undefined } } }],
  ['ID token: another nonce', 'failed', claims({ nonce: UPSTREAM_TEXT })],
  ['ID token: no nonce', 'failed', claims({ nonce: undefined })],
  ['ID token: another issuer', 'failed', claims({ iss: elsewhere })],
  ['ID token: another audience', 'failed', claims({ aud: UPSTREAM_TEXT })],
  ['ID token: expired', 'failed', claims({ exp: 1_000_000_000 })],
  ['ID token: issued in the future', 'failed', claims({ iat: soon(), exp: soon() + 60 })],
  ['ID token: not valid yet', 'failed', claims({ nbf: soon(), exp: soon() + 60 })],
  ['ID token: no subject', 'failed', claims({ sub: undefined })],
  ['ID token: empty subject', 'failed', claims({ sub: '' })],
  ['ID token: subject too long', 'failed', claims({ sub: UPSTREAM_TEXT.repeat(20) })],
  ['ID token: wrong signature', 'failed', { idToken: { signature: 'of another key' } }],
  ['ID token: unknown `kid`', 'failed', { idToken: { header: { kid: UPSTREAM_TEXT } } }],
  ['ID token: `alg` none', 'failed', { idToken: { signature: 'none' } }],
  ['JWKS: connection reset', 'unavailable', { jwks: 'reset' }],
  ['JWKS: 500', 'unavailable', { jwks: status(500) }],
  ['JWKS: malformed JSON', 'failed', { jwks: malformed }],
  ['JWKS: more than 256 KiB', 'failed', { jwks: tooLarge }],
  ['JWKS: no keys', 'failed', { jwks: { members: { keys: [] } } }],
  ['Userinfo: 500', 'unavailable', { userinfo: status(500) }],
  ['Userinfo: 401', 'failed', { userinfo: status(401) }],
  ['Userinfo: no response', 'unavailable', { userinfo: 'silence' }],
  ['Userinfo: malformed JSON', 'failed', { userinfo: malformed }],
  ['Userinfo: more than 256 KiB', 'failed', { userinfo: tooLarge }],
  ['Userinfo: another subject', 'failed', { userinfo: { members: { sub: UPSTREAM_TEXT } } }],
]

const toCases = (half: Half, rows: readonly Row[]): FaultCase[] =>
  rows.map(([name, outcome, fault]) => ({ name, half, outcome, fault }))

export const FAULT_CASES: readonly FaultCase[] = [
  ...toCases('before', BEFORE),
  ...toCases('after', AFTER),
]

const KEPT = {
  before: 'the interaction; no login attempt was created',
  after: 'the interaction; the login attempt was consumed',
} as const satisfies Record<Half, string>

/** The content of docs/upstream-faults.md. */
export function renderFaultTable(): string {
  const rows = FAULT_CASES.map(({ name, half, outcome }) => {
    const { status: code, title, error } = OUTCOMES[outcome]
    return `| ${name} | ${code} ${title} | \`${error}\` when the person returns to it | ${KEPT[half]} |\n`
  })
  return `# When the upstream fails

This page is generated from \`test/integration/upstream-fault-table.ts\`;
\`test/integration/upstream-faults.test.ts\` runs every row.

In every row, these statements hold:

- The page says what happened and what to do, and shows a reference that is in the log.
- \`Try again\` on the page completes the login once the fault is gone.
- No text from the upstream reaches the page or the client.
- The client's error has its \`state\` and our \`iss\`, and a 503 has \`Retry-After\`.
- Every request takes less than 10 seconds.
- A failed login stores no account, grant, code or token, and changes none. A person who was signed in
  stays signed in, and refreshing does not involve the upstream.

The upstream's keys are cached for five minutes. If none of them verifies an ID token, they are fetched again at once and
the same sign-in goes on with the new keys. That happens at most once in 30 seconds. For \`iat\`, \`nbf\`, \`exp\` and
\`auth_time\` of an ID token, the clocks may differ by two minutes
([ADR 25](adr/0025-upstream-keys.md)).

| The upstream | The person sees | The client hears | What is kept |
|---|---|---|---|
${rows.join('')}`
}
