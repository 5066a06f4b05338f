import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEmailAddress, toAsciiDomain } from '../../../src/oauth/email-address.ts'

const DOMAINS: Readonly<Record<string, string | undefined>> = {
  'example.com': 'example.com',
  'EXAMPLE.com.': 'example.com',
  'Bücher.example': 'xn--bcher-kva.example',
  'faß.example': 'xn--fa-hia.example',
  '例え.jp': 'xn--r8jz45g.jp',
  com: undefined,
  '': undefined,
  'a..b': undefined,
  '.example.com': undefined,
  'example.com/evil': undefined,
  'ex%61mple.com': undefined,
  'a@example.com': undefined,
  'example.com:80': undefined,
  'exam ple.com': undefined,
  '0x7f.1': undefined,
  '127.0.0.1': undefined,
  '[::1]': undefined,
  '*.example.com': undefined,
  [`${'a'.repeat(64)}.example`]: undefined,
  [`${'a.'.repeat(130)}example`]: undefined,
}

for (const [given, expected] of Object.entries(DOMAINS)) {
  test(`the domain ${JSON.stringify(given.slice(0, 30))} is ${expected ?? 'none'}`, () => {
    assert.equal(toAsciiDomain(given), expected)
  })
}

const ADDRESSES: Readonly<Record<string, string | undefined>> = {
  'ada@example.com': 'ada@example.com',
  'Ada.B@EXAMPLE.COM': 'ada.b@example.com',
  'ÄDA@bücher.example': 'Äda@xn--bcher-kva.example',
  'a@b@example.com': undefined,
  '@example.com': undefined,
  'ada@': undefined,
  ada: undefined,
  'a da@example.com': undefined,
  'ada@example.com\n': undefined,
  [`${'a'.repeat(65)}@example.com`]: undefined,
}

for (const [given, expected] of Object.entries(ADDRESSES)) {
  test(`the address ${JSON.stringify(given.slice(0, 30))} is ${expected ?? 'none'}`, () => {
    assert.equal(parseEmailAddress(given)?.address, expected)
  })
}
