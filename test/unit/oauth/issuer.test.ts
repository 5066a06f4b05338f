import assert from 'node:assert/strict'
import { test } from 'node:test'
import { subjectOf } from '../../../src/oauth/issuer.ts'

const ISSUER = 'https://login.example'
const away = { isHome: false }
const home = { isHome: true }

test('the subject of a person at the home upstream is the one that they have there', () => {
  for (const sub of ['ada', '42', 'auth0|5f7c8ec7c33c6c004bbafe82', 'x'.repeat(255)]) {
    assert.equal(subjectOf(ISSUER, sub, home), sub)
  }
})

test('the subject of a person at another upstream is a hash of issuer and subject', () => {
  // The SHA-256 of the issuer's URL, NUL and the subject. MCP servers have stored it: it must never change.
  const subject = 'upstream.RD7YULp8-QMLknBjgeutZqFTyHWVRifo4HiWqO8bIf0'
  assert.equal(subjectOf(ISSUER, 'ada', away), subject)
  assert.equal(subjectOf('HTTPS://login.example:443/', 'ada', away), subject, 'another spelling')
})

test('no two people share a subject', () => {
  const derived = subjectOf(ISSUER, 'ada', away)
  const subjects = [
    subjectOf(ISSUER, 'ada', home),
    derived,
    subjectOf(ISSUER, 'grace', away),
    subjectOf('https://other.example', 'ada', away),
    subjectOf('https://login.example/a', 'da', away),
    // Somebody at the home upstream who chose the subject of another person.
    subjectOf('https://home.example', derived, home),
  ]
  assert.equal(new Set(subjects).size, subjects.length)
})

test('a derived subject is at most 255 ASCII characters (OpenID Connect Core §2)', () => {
  assert.match(subjectOf(ISSUER, 'ö'.repeat(255), away), /^[\x21-\x7e]{1,255}$/)
})
