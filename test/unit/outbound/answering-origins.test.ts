import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAnsweringOrigins } from '../../../src/outbound/answering-origins.ts'

const at = (url: string) => new URL(url)

test('the standing of an origin holds for all its paths, and for no other origin of its site', () => {
  const origins = createAnsweringOrigins()
  origins.noteAnswer(at('https://known.example/client.json'))
  assert.equal(origins.has(at('https://known.example/other.json')), true)
  for (const url of ['https://www.known.example/', 'https://known.example:81/']) {
    assert.equal(origins.has(at(url)), false, url)
  }
})

test('an unreachable port or subdomain does not end the standing of the origin that answered', () => {
  const origins = createAnsweringOrigins()
  const url = at('https://known.example/client.json')
  origins.noteAnswer(url)
  origins.noteUnreachable(at('https://known.example:81/client.json'))
  origins.noteUnreachable(at('https://silent.known.example/client.json'))
  origins.noteUnreachable(at('https://other.example/client.json'))
  assert.equal(origins.has(url), true)
  origins.noteUnreachable(url)
  assert.equal(origins.has(url), false)
})

test('one domain or platform with many names that answer makes no other site forgotten', () => {
  const origins = createAnsweringOrigins()
  origins.noteAnswer(at('https://known.example/'))
  for (const domain of ['wildcard.example', 'github.io']) {
    for (let n = 0; n < 5000; n += 1) origins.noteAnswer(at(`https://name-${n}.${domain}/`))
    assert.equal(origins.has(at(`https://name-4999.${domain}/`)), true)
    assert.equal(origins.has(at(`https://name-4983.${domain}/`)), false, 'beyond 16 names')
  }
  assert.equal(origins.has(at('https://known.example/')), true)
})

test('a site that answers again is not the next one to be forgotten', () => {
  const origins = createAnsweringOrigins()
  origins.noteAnswer(at('https://known.example/'))
  origins.noteAnswer(at('https://once.example/'))
  for (let n = 0; n < 1998; n += 1) origins.noteAnswer(at(`https://site-${n}.example/`))
  origins.noteAnswer(at('https://known.example/'))
  origins.noteAnswer(at('https://last.example/'))
  assert.equal(origins.has(at('https://known.example/')), true)
  assert.equal(origins.has(at('https://once.example/')), false)
})
