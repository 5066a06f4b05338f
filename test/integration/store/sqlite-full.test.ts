// A disk that is full, played by a limit on the size of files.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../../support/free-port.ts'
import { REDIRECT_URI } from '../../support/journey.ts'
import { jsonOf, send } from '../../support/send.ts'
import { firstAnswer, serverEnvironment, spawnNode } from '../../support/server-process.ts'

test('a server whose SQLite file cannot grow is not ready, loses nothing, and its log has the cause once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'full-'))
  const port = await findFreePort()
  const env = { ...(await serverEnvironment(port)), STORE_URL: `sqlite:${directory}/store.db` }
  const server = spawnNode(['src/main.ts'], { env, maxFileBytes: 256 * 1024 })
  t.after(async () => {
    server.kill('SIGKILL')
    await server.exit
    await rm(directory, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  assert.equal((await firstAnswer(server, `${url}/readyz`)).status, 200)
  const registration = (n: number) => ({
    client_name: `Client ${n}`,
    redirect_uris: [REDIRECT_URI],
  })
  const register = (n: number) => send(`${url}/register`, { body: registration(n) })
  let full = await register(0)
  for (let n = 1; n < 29 && full.status === 201; n += 1) full = await register(n)
  assert.equal(full.status, 503, full.body)
  assert.equal(jsonOf(full)['error'], 'temporarily_unavailable')
  // The canary is smaller than a registration, so the first few may still have room.
  const ready = async () => (await send(`${url}/readyz`)).status
  for (let n = 0; n < 8 && (await ready()) === 200; n += 1) await sleep(1050)
  assert.equal(await ready(), 503)
  assert.equal((await send(`${url}/livez`)).status, 200)
  // Log lines are written together, up to 50 ms late.
  await sleep(200)
  const lines = server.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const [begun, ...more] = lines.filter(({ msg }) => /^not ready/.test(msg))
  assert.match(begun.reason, /disk/)
  assert.deepEqual(more, [])
})
