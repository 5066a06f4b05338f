import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBasicHeader } from '../../../src/oauth/basic-credentials.ts'

const encode = (pair: string) => Buffer.from(pair).toString('base64')

test('a Basic header is decoded, whatever the case of its scheme and the spaces after it', () => {
  for (const scheme of ['Basic', 'basic', 'BASIC']) {
    assert.equal(parseBasicHeader(`${scheme} ${encode('id:secret')}`), 'id:secret')
  }
  assert.equal(parseBasicHeader(`Basic   ${encode('id:secret')}`), 'id:secret')
})

test('the pair is not form-decoded', () => {
  for (const pair of ['https%3A%2F%2Fa.example:a%2Bb', 'https://a.example:a+b', ':', 'ä:ö']) {
    assert.equal(parseBasicHeader(`Basic ${encode(pair)}`), pair)
  }
})

test('base64 without padding is accepted', () => {
  assert.equal(parseBasicHeader(`Basic ${encode('id:s').replace(/=+$/, '')}`), 'id:s')
})

test('any other header is undefined', () => {
  for (const header of [
    '',
    'Basic',
    'Basic ',
    'Basic  ',
    encode('id:secret'),
    `Bearer ${encode('id:secret')}`,
    `BasicX ${encode('id:secret')}`,
    `Basic${encode('id:secret')}`,
    `Basic ${encode('id:secret')} more`,
    `Basic ${encode('id:secret')}, Bearer token`,
    'Basic id:secret',
    'Basic a_b-',
    'Basic =',
    'Basic aa=aa',
  ]) {
    assert.equal(parseBasicHeader(header), undefined, header)
  }
})
