// Which failed sign-ins make us fetch the discovery document again. Faults and their pages are in
// test/integration/upstream-faults.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError, type AppErrorCode } from '../../../src/errors.ts'
import { createRelyingParty } from '../../../src/upstream/relying-party.ts'
import {
  DISCOVERY_PATH,
  startFaultyUpstream,
  type UpstreamFault,
} from '../../support/faulty-upstream.ts'
import { upstreamConfig } from '../../support/upstream-config.ts'

const MINUTE_MS = 60 * 1000

type Callback = readonly [query: string, code: AppErrorCode, fault?: UpstreamFault]

const tokenError = (error: string): UpstreamFault => ({
  token: { status: 400, body: JSON.stringify({ error }) },
})

/** Callbacks that a browser can make up, and the error of each. `ISS` stands for the upstream's issuer. */
const MADE_UP: Readonly<Record<string, Callback>> = {
  'an error': ['state=s&iss=ISS&error=server_error', 'upstream_failed'],
  'another issuer': ['state=s&iss=https://evil.example&code=x', 'invalid_callback'],
  'no issuer': ['state=s&code=x', 'invalid_callback'],
  'an empty issuer': ['state=s&iss=&code=x', 'invalid_callback'],
  'two issuers': ['state=s&iss=ISS&iss=ISS&code=x', 'invalid_callback'],
  'another state': ['state=t&iss=ISS&code=x', 'invalid_callback'],
  'two states': ['state=s&state=s&iss=ISS&code=x', 'invalid_callback'],
  'no code': ['state=s&iss=ISS', 'invalid_callback'],
  'an empty code': ['state=s&iss=ISS&code=', 'invalid_callback'],
  'two codes': ['state=s&iss=ISS&code=x&code=y', 'invalid_callback'],
  'two errors': ['state=s&iss=ISS&error=x&error=y', 'invalid_callback'],
  'an ID token': ['state=s&iss=ISS&code=x&id_token=x', 'invalid_callback'],
  'an access token': ['state=s&iss=ISS&code=x&token=x', 'invalid_callback'],
  'a response object': ['state=s&iss=ISS&code=x&response=x', 'invalid_callback'],
  'a code that the upstream rejects': [
    'state=s&iss=ISS&code=x',
    'upstream_failed',
    tokenError('invalid_grant'),
  ],
}

/** Completes a sign-in with this callback, and begins another. Returns the error, and the discovery fetches. */
async function failOnce([query, , fault = {}]: Callback) {
  const provider = await startFaultyUpstream()
  try {
    let nowMs = 0
    const { begin, complete } = createRelyingParty({
      upstream: upstreamConfig(provider.issuer),
      now: () => nowMs,
    })
    const request = { prompt: undefined, maxAgeSeconds: undefined, loginHint: undefined }
    const begun = { ...(await begin(request)), state: 's' }
    provider.fault = fault
    // Late enough for `expire`, and early enough for the document.
    nowMs += 30 * MINUTE_MS
    const search = `?${query.replaceAll('ISS', encodeURIComponent(provider.issuer))}`
    const error = await complete(search, begun).catch((reason: unknown) => reason)
    await begin(request)
    assert.ok(error instanceof AppError)
    return { code: error.code, fetches: provider.countRequests(DISCOVERY_PATH) }
  } finally {
    await provider.close()
  }
}

for (const [what, callback] of Object.entries(MADE_UP)) {
  test(`a made-up callback makes us fetch no discovery document: ${what}`, async () => {
    assert.deepEqual(await failOnce(callback), { code: callback[1], fetches: 1 })
  })
}

test('control: a response of the upstream itself that fails makes us fetch the discovery document', async () => {
  const code = 'upstream_failed'
  for (const fault of [tokenError('invalid_client'), { token: { body: '{' } }]) {
    const outcome = await failOnce(['state=s&iss=ISS&code=x', code, fault])
    assert.deepEqual(outcome, { code, fetches: 2 })
  }
})
