// Concurrent requests with one token or one code, sent to two processes that share a store.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Fleet, startFleet } from '../support/fleet.ts'
import {
  authorize,
  buildAuthorization,
  logIn,
  redeem,
  refresh,
  register,
  type TokenAnswer,
} from '../support/journey.ts'
import { loseAnswer } from '../support/lost-answer.ts'
import { startRedis } from '../support/redis.ts'

const MANY = 50

const backends = {
  async redis() {
    const redis = await startRedis()
    return { storeUrl: redis.url, close: redis.stop }
  },
  async sqlite() {
    const directory = await mkdtemp(join(tmpdir(), 'races-'))
    const close = () => rm(directory, { recursive: true, force: true })
    return { storeUrl: `sqlite:${join(directory, 'store.db')}`, close }
  },
}

const statuses = (answers: readonly TokenAnswer[]) => answers.map(({ status }) => status)
const successors = (answers: readonly TokenAnswer[]) =>
  new Set(answers.map(({ body }) => String(body['refresh_token'])))

async function userinfoStatus(url: string, { body }: TokenAnswer): Promise<number> {
  const headers = { authorization: `Bearer ${body['access_token']}` }
  return (await fetch(`${url}/userinfo`, { headers })).status
}

for (const [name, open] of Object.entries(backends)) {
  describe(`two processes over one ${name} store`, () => {
    let backend: Awaited<ReturnType<typeof open>>
    let fleet: Fleet
    before(async () => {
      backend = await open()
      fleet = await startFleet({ storeUrl: backend.storeUrl, replicas: 2 })
    })
    after(async () => {
      await fleet.close()
      await backend.close()
    })

    const urlOf = (n: number) => fleet.replicas[n % fleet.replicas.length]?.url ?? ''
    const sendMany = (ask: (url: string) => Promise<TokenAnswer>) =>
      Promise.all(Array.from({ length: MANY }, (_, n) => ask(urlOf(n))))

    test('50 parallel refreshes of one token all succeed, with the same successor', async () => {
      const { client, tokens } = await logIn(fleet.issuer)
      const answers = await sendMany((url) => refresh(url, client, tokens['refresh_token']))
      assert.deepEqual(new Set(statuses(answers)), new Set([200]))
      const [successor, ...others] = successors(answers)
      assert.deepEqual(others, [])
      assert.notEqual(successor, tokens['refresh_token'])
      assert.equal((await refresh(urlOf(0), client, successor)).status, 200)
    })

    test('a refresh token stays valid after parallel refreshes whose responses are all lost', async () => {
      const { client, tokens } = await logIn(fleet.issuer)
      const form = {
        grant_type: 'refresh_token',
        client_id: client.client_id,
        refresh_token: String(tokens['refresh_token']),
      }
      await Promise.all(
        Array.from({ length: MANY }, (_, n) => loseAnswer(`${urlOf(n)}/token`, form)),
      )
      const answers = await sendMany((url) => refresh(url, client, tokens['refresh_token']))
      assert.deepEqual(new Set(statuses(answers)), new Set([200]))
      assert.equal(successors(answers).size, 1)
    })

    test('a refresh token that is two or five steps behind yields the current one', async () => {
      const { client, tokens } = await logIn(fleet.issuer)
      const chain = [tokens['refresh_token']]
      for (let n = 0; n < 6; n += 1) {
        const { status, body } = await refresh(urlOf(n), client, chain.at(-1))
        assert.equal(status, 200)
        chain.push(body['refresh_token'])
      }
      for (const behind of [2, 5]) {
        const { status, body } = await refresh(urlOf(behind), client, chain.at(-1 - behind))
        assert.equal(status, 200)
        assert.equal(body['refresh_token'], chain.at(-1))
      }
      assert.equal((await refresh(urlOf(0), client, chain.at(-1))).status, 200)
    })

    // RFC 6749 §4.1.2, §10.5
    test('50 parallel exchanges of one code yield tokens once, and its grant is revoked', async () => {
      const client = await register(fleet.issuer)
      const authorization = buildAuthorization(fleet.issuer, client, { scope: 'openid mcp:tools' })
      const answer = await authorize(authorization)
      const parts = { answer, codeVerifier: authorization.codeVerifier }
      const answers = await sendMany((url) => redeem(url, client, parts))
      const refused = answers.filter(({ status }) => status === 400)
      assert.deepEqual(
        refused.map(({ body }) => body['error']),
        Array(MANY - 1).fill('invalid_grant'),
      )
      const [winner] = answers.filter(({ status }) => status === 200)
      assert.ok(winner, 'one exchange succeeds')
      for (const n of [0, 1]) {
        const again = await refresh(urlOf(n), client, winner.body['refresh_token'])
        assert.deepEqual([again.status, again.body['error']], [400, 'invalid_grant'])
        assert.equal(await userinfoStatus(urlOf(n), winner), 401)
      }
    })
  })
}
