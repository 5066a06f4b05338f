import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FailingStore, openFailingStore } from '../support/failing-store.ts'
import { jsonOf, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let failing: FailingStore
let server: TestServer
before(async () => {
  failing = await openFailingStore()
  server = await startTestServer({ overrides: { store: failing.store } })
})
after(() => server.close())

const probe = async (path: string) => {
  const answer = await send(server.issuer + path)
  return [answer.status, jsonOf(answer)]
}

const messagesAbout = (pattern: RegExp) =>
  server.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => pattern.test(msg))

/** The outcome of a check is kept for a second. */
const untilNextCheck = () => sleep(1050)

test('a server whose store does not answer is alive and not ready, and names the store', async () => {
  assert.deepEqual(await probe('/readyz'), [200, { status: 'ok' }])
  failing.failAt(0, 'before')
  await untilNextCheck()
  assert.deepEqual(await probe('/readyz'), [503, { status: 'unavailable', missing: ['store'] }])
  assert.deepEqual(await probe('/livez'), [200, { status: 'ok' }])
  failing.recover()
  await untilNextCheck()
  assert.deepEqual(await probe('/readyz'), [200, { status: 'ok' }])
})

test('the log has the cause of an outage once when it begins, and its end once', async () => {
  server.logLines.length = 0
  failing.failAt(0, 'before')
  await untilNextCheck()
  for (let probes = 0; probes < 3; probes += 1) await probe('/readyz')
  failing.recover()
  await untilNextCheck()
  for (let probes = 0; probes < 3; probes += 1) await probe('/readyz')
  const [begin, ...more] = messagesAbout(/^not ready/)
  assert.equal(begin.level, 'warn')
  assert.equal(begin.reason, 'failed by the test')
  assert.deepEqual(more, [])
  assert.equal(messagesAbout(/^ready again$/).length, 1)
})
