// The runbook for a backup: what a restored store revives, and how to end it again.
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { admin } from '../support/admin.ts'
import { GRACE, logIn, refresh } from '../support/journey.ts'
import { form, send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const SECRET = 's'.repeat(48)

test('a restored backup revives what was ended since, until the commands of the log are repeated', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'backup-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, 'store.db')
  let home: string | undefined
  const start = async () => {
    // Each test server has an upstream of its own, so they are told that the people are the same.
    const subjects = home === undefined ? {} : { UPSTREAM_SUBJECTS_OF: home }
    const env = { STORE_URL: `sqlite:${file}`, SESSION_SECRET: SECRET, ...subjects }
    const server = await startTestServer({ env })
    home ??= server.upstreamIssuer
    return server
  }

  const first = await start()
  const { client, tokens } = await logIn(first.issuer)
  const grace = await logIn(first.issuer, { person: GRACE })
  assert.equal((await admin(first.config, 'backup', `${file}.backup`)).code, 0)
  await first.close()

  const second = await start()
  const token = String(tokens['refresh_token'])
  const body = form({ token, client_id: client.client_id })
  assert.equal((await send(`${second.issuer}/revoke`, { body })).status, 200)
  assert.equal((await refresh(second.issuer, client, token)).body['error'], 'invalid_grant')
  const revocation = second.logLines
    .map((line) => JSON.parse(line))
    .find(({ audit }) => audit === 'grant_revoked')
  const [disabling] = (await admin(second.config, 'accounts', 'disable', GRACE, '--yes')).audit
  await second.close()

  const restore = async () => {
    await Promise.all(['-wal', '-shm'].map((end) => rm(`${file}${end}`, { force: true })))
    await copyFile(`${file}.backup`, file)
  }
  await restore()
  const third = await start()
  assert.equal((await refresh(third.issuer, client, token)).status, 200)
  const ofGrace = grace.tokens['refresh_token']
  assert.equal((await refresh(third.issuer, grace.client, ofGrace)).status, 200)
  await third.close()

  // As docs/operations.md says, with what the lines of the log name.
  await restore()
  const repeated = [
    ['grants', 'revoke', revocation.grant],
    ['accounts', 'disable', String(disabling?.['account'])],
  ]
  for (const command of repeated) {
    assert.equal((await admin(third.config, ...command, '--yes')).code, 0, command.join(' '))
  }
  const fourth = await start()
  assert.equal((await refresh(fourth.issuer, client, token)).body['error'], 'invalid_grant')
  const ended = await refresh(fourth.issuer, grace.client, ofGrace)
  assert.equal(ended.body['error'], 'invalid_grant')
  await fourth.close()
})
