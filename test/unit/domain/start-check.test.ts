import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStartCheck } from '../../../src/domain/start-check.ts'

const AWAY = new Error('away')

/** The messages of a start, and whether the home upstream was read. */
async function check(isAway: { store: boolean; upstream: boolean }) {
  const messages: unknown[] = []
  let isHomeRead = false
  const run = createStartCheck({
    relyingParty: {
      check: async () => {
        if (isAway.upstream) throw AWAY
      },
    },
    homeUpstream: {
      getMark: async () => {
        isHomeRead = true
        if (isAway.store) throw AWAY
        return 'mark'
      },
    },
    canary: {
      check: async () => {
        if (isAway.store) throw AWAY
      },
    },
    config: { upstream: { issuer: 'https://login.example' } },
    logger: {
      warn: (_fields: unknown, message?: unknown) => void messages.push(message),
      error: (_fields: unknown, message?: unknown) => void messages.push(message),
    },
  })
  await run()
  return { messages, isHomeRead }
}

test('a start reads the home upstream, even if the upstream is away', async () => {
  assert.deepEqual(await check({ store: false, upstream: false }), {
    messages: [],
    isHomeRead: true,
  })
  const { messages, isHomeRead } = await check({ store: false, upstream: true })
  assert.ok(isHomeRead)
  assert.deepEqual(messages, ['nobody can sign in: see UPSTREAM_ISSUER'])
})

test('a start without its store warns, and goes on', async () => {
  const { messages } = await check({ store: true, upstream: false })
  assert.deepEqual(messages.toSorted(), [
    'cannot read the home upstream: the first sign-in tries again',
    'the store cannot be used',
  ])
})
