import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutageWatch } from '../../../src/outbound/outage-watch.ts'

function prepare() {
  const events: string[] = []
  const watch = createOutageWatch({
    onBegin: ({ hostname, step }) => events.push(`begin ${hostname} ${step}`),
    onEnd: () => events.push('end'),
  })
  return {
    events,
    fail: (...hosts: string[]) => {
      for (const hostname of hosts) watch.noteFailure({ hostname, step: 'resolve', error: 'no' })
    },
    answer: () => watch.noteAnswer(),
  }
}

test('an outage begins when three different hosts have failed in a row, and is reported once', () => {
  const { events, fail, answer } = prepare()
  answer()
  fail('a', 'b', 'a', 'b')
  assert.deepEqual(events, [])
  fail('c', 'd', 'e', 'f')
  assert.deepEqual(events, ['begin c resolve'])
})

test('an answer ends the outage, which is reported once', () => {
  const { events, fail, answer } = prepare()
  fail('a', 'b', 'c')
  answer()
  answer()
  assert.deepEqual(events, ['begin c resolve', 'end'])
})

test('an answer between failures shows that hosts can be reached', () => {
  const { events, fail, answer } = prepare()
  fail('a', 'b')
  answer()
  fail('c', 'd')
  answer()
  fail('a', 'b')
  assert.deepEqual(events, [])
})

test('one host that fails is not an outage if another has answered before', () => {
  const { events, fail, answer } = prepare()
  answer()
  for (let count = 0; count < 100; count += 1) fail('a', 'b')
  assert.deepEqual(events, [])
})

test('as long as no host has answered, three failures of one host are enough', () => {
  const { events, fail } = prepare()
  fail('a', 'a')
  assert.deepEqual(events, [])
  fail('a')
  assert.deepEqual(events, ['begin a resolve'])
})
