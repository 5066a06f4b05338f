import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSeal } from '../../../src/crypto/seal.ts'

const [OLD, NEW] = ['an old secret of some length', 'a new secret of some length'] as const
const KEY_ID_LENGTH = 6

const flip = (text: string, at: number, bit: number) =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)

const bytesOf = (sealed: string) => Buffer.from(sealed.slice(KEY_ID_LENGTH), 'base64url')

test('a text with any flipped bit is never opened as another text, and counts as absent only if its key id is hit', () => {
  const seal = createSeal([NEW, OLD])
  const sealed = seal.seal('a text', 'its place')
  for (let at = 0; at < sealed.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const damaged = flip(sealed, at, bit)
      const open = () => seal.open(damaged, 'its place')
      // The last character of Base64 has bits that mean nothing.
      if (at >= KEY_ID_LENGTH && bytesOf(damaged).equals(bytesOf(sealed)))
        assert.equal(open(), 'a text')
      else if (at < KEY_ID_LENGTH) assert.equal(open(), undefined)
      else assert.throws(open, `character ${at}, bit ${bit}`)
    }
  }
})

test('a text that was cut off or moved to another place is an error', () => {
  const seal = createSeal([NEW])
  const sealed = seal.seal('a text', 'its place')
  for (let length = KEY_ID_LENGTH; length < sealed.length; length += 1) {
    assert.throws(() => seal.open(sealed.slice(0, length), 'its place'), `${length} characters`)
  }
  assert.throws(() => seal.open(sealed, 'another place'))
})

test('every known secret opens what it has sealed, and a removed one counts as absent', () => {
  const sealed = createSeal([OLD]).seal('a text', 'its place')
  assert.equal(createSeal([NEW, OLD]).open(sealed, 'its place'), 'a text')
  assert.equal(createSeal([NEW]).open(sealed, 'its place'), undefined)
})
