import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFetchSlots } from '../../../src/outbound/fetch-slots.ts'

type Slots = ReturnType<typeof createFetchSlots>
type Fetch = Parameters<Slots['take']>[0]

const fetchOf = (hostname: string, sender: string): Fetch => ({
  hostname,
  sender,
  hasAnswered: false,
})

const known = (hostname: string, sender: string): Fetch => ({
  ...fetchOf(hostname, sender),
  hasAnswered: true,
})

/** Takes slots until none is free; returns how many there were. */
function takeAll(slots: Slots, next: (at: number) => Fetch): number {
  let taken = 0
  while (taken < 1000 && slots.take(next(taken))) taken += 1
  return taken
}

test('one sender has 8 slots, however many sites it names', () => {
  for (const sender of ['sender', '']) {
    const slots = createFetchSlots()
    assert.equal(
      takeAll(slots, (at) => fetchOf(`site-${at}.example`, sender)),
      8,
    )
    assert.equal(slots.take(known('known.example', sender)), undefined, 'nor of a known site')
    assert.ok(slots.take(fetchOf('site-9.example', 'another')))
  }
})

test('one sender has 3 slots for a site, however many host names it names', () => {
  for (const sender of ['sender', '']) {
    const slots = createFetchSlots()
    assert.equal(
      takeAll(slots, (at) => fetchOf(`host-${at}.site.co.uk`, sender)),
      3,
    )
    assert.equal(slots.take(known('site.co.uk', sender)), undefined)
    assert.ok(slots.take(fetchOf('other.co.uk', sender)), 'another site')
    assert.ok(slots.take(fetchOf('site.co.uk', 'another')), 'another sender')
  }
})

test('one new site has 8 slots, however many host names and senders it has', () => {
  const slots = createFetchSlots()
  assert.equal(
    takeAll(slots, (at) => fetchOf(`host-${at}.site.co.uk`, `sender-${at}`)),
    8,
  )
  assert.equal(slots.take(fetchOf('site.co.uk', 'another')), undefined)
  assert.ok(slots.take(fetchOf('other.co.uk', 'another')), 'another site under the same suffix')
})

test('an origin that answered has 2 slots more, which new origins of its site cannot take', () => {
  const slots = createFetchSlots()
  takeAll(slots, (at) => fetchOf(`host-${at}.site.example`, `sender-${at}`))
  assert.equal(
    takeAll(slots, (at) => known('site.example', `another-${at}`)),
    2,
  )
})

test('two customers of a hosting platform are two sites', () => {
  const slots = createFetchSlots()
  takeAll(slots, (at) => fetchOf('one.github.io', `sender-${at}`))
  assert.ok(slots.take(fetchOf('two.github.io', 'another')))
})

test('a host name without a registrable domain is a site of its own', () => {
  const slots = createFetchSlots()
  assert.equal(
    takeAll(slots, (at) => fetchOf('localhost', `sender-${at}`)),
    8,
  )
  assert.ok(slots.take(fetchOf('internal', 'another')))
})

test('new sites have 48 slots together, and sites that answered have 16 more', () => {
  const slots = createFetchSlots()
  assert.equal(
    takeAll(slots, (at) => fetchOf(`new-${at}.example`, `sender-${at}`)),
    48,
  )
  assert.equal(
    takeAll(slots, (at) => known(`known-${at}.example`, `other-${at}`)),
    16,
  )
})

test('names that a platform resolves for anyone take none of the slots of sites that answered', () => {
  const slots = createFetchSlots()
  assert.equal(
    takeAll(slots, (at) => fetchOf(`invented-${at}.github.io`, `sender-${at}`)),
    48,
  )
  // Customers that answered are one domain here: names are free, domains are not.
  assert.equal(
    takeAll(slots, (at) => known(`customer-${at}.github.io`, `other-${at}`)),
    2,
  )
  assert.ok(slots.take(known('known.example', 'another')))
})

test('the fetches of sites that answered leave the slots of new sites free', () => {
  const slots = createFetchSlots()
  for (let at = 0; at < 16; at += 1) {
    assert.ok(slots.take(known(`known-${at}.example`, `sender-${at}`)))
  }
  assert.equal(
    takeAll(slots, (at) => fetchOf(`new-${at}.example`, `other-${at}`)),
    48,
  )
})

test('a slot that is freed can be taken again, with every limit that it counted for', () => {
  const slots = createFetchSlots()
  for (let round = 0; round < 200; round += 1) {
    const fetch = { ...known(`site-${round % 3}.example`, 'sender'), hasAnswered: round % 2 === 0 }
    const free = Array.from({ length: 3 }, () => slots.take(fetch))
    assert.equal(slots.take(fetch), undefined)
    for (const freeSlot of free) {
      assert.ok(freeSlot)
      freeSlot()
    }
  }
  assert.equal(
    takeAll(slots, (at) => known(`known-${at}.example`, `sender-${at}`)),
    64,
  )
})
