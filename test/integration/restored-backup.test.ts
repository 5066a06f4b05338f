// The runbook for a backup: what a restored store revives, and how to end it again.
import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { logIn, refresh } from '../support/journey.ts'
import { form, send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'
import { openSqliteFile } from '../support/sqlite-file.ts'

const SECRET = 's'.repeat(48)

test('a restored backup revives a revoked grant, until its record is removed', async (t) => {
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
  await first.close()
  await copyFile(file, `${file}.backup`)

  const second = await start()
  const token = String(tokens['refresh_token'])
  const body = form({ token, client_id: client.client_id })
  assert.equal((await send(`${second.issuer}/revoke`, { body })).status, 200)
  assert.equal((await refresh(second.issuer, client, token)).body['error'], 'invalid_grant')
  const revocation = second.logLines
    .map((line) => JSON.parse(line))
    .find(({ audit }) => audit === 'grant_revoked')
  await second.close()

  const restore = async () => {
    await Promise.all(['-wal', '-shm'].map((end) => rm(`${file}${end}`, { force: true })))
    await copyFile(`${file}.backup`, file)
  }
  await restore()
  const third = await start()
  assert.equal((await refresh(third.issuer, client, token)).status, 200)
  await third.close()

  await restore()
  const database = openSqliteFile(file)
  const remove = database.prepare('DELETE FROM records WHERE key = ?')
  assert.equal(remove.run(`mcp-oidc:grant:${revocation.grant}`).changes, 1)
  database.close()
  const fourth = await start()
  assert.equal((await refresh(fourth.issuer, client, token)).body['error'], 'invalid_grant')
  await fourth.close()
})
