import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFetchSlots, type FetchSlots } from '../../../src/outbound/fetch-slots.ts'

/** Takes slots until none is free; returns how many there were. */
function takeAll(slots: FetchSlots, next: (at: number) => [string, string | undefined]): number {
  let taken = 0
  while (taken < 1000 && slots.take(...next(taken))) taken += 1
  return taken
}

test('one sender has 8 slots, however many sites it names', () => {
  const slots = createFetchSlots()
  assert.equal(
    takeAll(slots, (at) => [`site-${at}.example`, 'sender']),
    8,
  )
  assert.ok(slots.take('site-8.example', 'another'))
  assert.ok(slots.take('site-9.example', undefined))
})

test('one site has 8 slots, however many host names and senders it has', () => {
  const slots = createFetchSlots()
  assert.equal(
    takeAll(slots, (at) => [`host-${at}.site.co.uk`, `sender-${at}`]),
    8,
  )
  assert.equal(slots.take('site.co.uk', 'another'), undefined)
  assert.ok(slots.take('other.co.uk', 'another'), 'another site under the same public suffix')
})

test('two customers of a hosting platform are two sites', () => {
  const slots = createFetchSlots()
  takeAll(slots, (at) => ['one.github.io', `sender-${at}`])
  assert.ok(slots.take('two.github.io', 'another'))
})

test('a host name without a registrable domain is a site of its own', () => {
  const slots = createFetchSlots()
  assert.equal(
    takeAll(slots, (at) => ['localhost', `sender-${at}`]),
    8,
  )
  assert.ok(slots.take('internal', 'another'))
})

test('new sites have 48 slots together, and sites that answered have 16 more', () => {
  const slots = createFetchSlots()
  for (let at = 0; at < 1000; at += 1) slots.noteAnswer(`known-${at}.example`)
  assert.equal(
    takeAll(slots, (at) => [`new-${at}.example`, `sender-${at}`]),
    48,
  )
  assert.equal(
    takeAll(slots, (at) => [`www.known-${at}.example`, `other-${at}`]),
    16,
  )
})

test('the fetches of sites that answered leave the slots of new sites free', () => {
  const slots = createFetchSlots()
  for (let at = 0; at < 16; at += 1) {
    slots.noteAnswer(`known-${at}.example`)
    assert.ok(slots.take(`known-${at}.example`, undefined))
  }
  assert.equal(
    takeAll(slots, (at) => [`new-${at}.example`, undefined]),
    48,
  )
})

test('a site that answered before and is silent now counts as new', () => {
  const slots = createFetchSlots()
  slots.noteAnswer('known.example')
  takeAll(slots, (at) => [`new-${at}.example`, `sender-${at}`])
  assert.ok(slots.take('known.example', 'another'))
  slots.noteSilence('known.example')
  assert.equal(slots.take('known.example', 'another'), undefined)
})

test('a slot that is freed can be taken again, by a new site too', () => {
  const slots = createFetchSlots()
  for (let round = 0; round < 200; round += 1) {
    const [host, sender] = [`site-${round % 3}.example`, 'sender']
    const free = Array.from({ length: 8 }, () => slots.take(host, sender))
    assert.equal(slots.take(host, sender), undefined)
    for (const freeSlot of free) {
      assert.ok(freeSlot)
      freeSlot()
    }
  }
  // The slot of a site that was new when its fetch began.
  const first = slots.take('turns-known.example', undefined)
  slots.noteAnswer('turns-known.example')
  first?.()
  assert.equal(
    takeAll(slots, (at) => [`new-${at}.example`, `sender-${at}`]),
    48,
  )
})
