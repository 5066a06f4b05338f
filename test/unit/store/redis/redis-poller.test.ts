import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPolling } from '../../../../src/store/redis/redis-poller.ts'

const LONG_MS = 60_000

test('a poll follows the previous one after the pause that it asks for', async (t) => {
  let polls = 0
  const poller = startPolling(async () => {
    polls += 1
    return polls < 3 ? 0 : LONG_MS
  })
  t.after(poller.stop)
  await sleep(1000)
  assert.equal(polls, 3)
})

test('many calls of pollNow cause one poll, and no two polls run at once', async (t) => {
  let polls = 0
  let running = 0
  const poller = startPolling(async () => {
    polls += 1
    running += 1
    assert.equal(running, 1)
    await sleep(50)
    running -= 1
    return LONG_MS
  })
  t.after(poller.stop)
  await sleep(300)
  assert.equal(polls, 1)
  for (let n = 0; n < 50; n += 1) poller.pollNow()
  await sleep(500)
  assert.equal(polls, 2)
})

test('pollNow causes at most ten polls a second, however often it is called', async (t) => {
  let polls = 0
  const poller = startPolling(async () => {
    polls += 1
    return LONG_MS
  })
  t.after(poller.stop)
  const startedAtMs = performance.now()
  for (let n = 0; n < 100; n += 1) {
    poller.pollNow()
    await sleep(5)
  }
  const most = 1 + (performance.now() - startedAtMs) / 90
  assert.ok(polls > 1 && polls <= most, `${polls} polls, at most ${most}`)
})

test('pollNow during a poll causes another poll after it', async (t) => {
  let polls = 0
  const poller = startPolling(async () => {
    polls += 1
    await sleep(50)
    return LONG_MS
  })
  t.after(poller.stop)
  poller.pollNow()
  await sleep(500)
  assert.equal(polls, 2)
})

test('there is no poll after stop', async () => {
  let polls = 0
  const poller = startPolling(async () => {
    polls += 1
    return 0
  })
  poller.stop()
  await sleep(300)
  assert.equal(polls, 1)
})
