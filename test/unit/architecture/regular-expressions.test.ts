// The regular expressions of src/. Strangers choose what most of them read, and one that takes quadratic time
// lets a header of 15 KB block the process for everybody.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findRegexLiterals } from '../../support/regex-literals.ts'
import { findSuperlinearInput } from '../../support/regex-time.ts'

const ROOT = fileURLToPath(new URL('../../../src', import.meta.url))

const files = globSync('**/*.ts', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'))
const sourceOf = (file: string) => readFileSync(join(ROOT, file), 'utf8')

for (const file of files) {
  for (const pattern of new Set(findRegexLiterals(sourceOf(file)).map(String))) {
    test(`linear time for any input: ${pattern} of ${file}`, () => {
      const [literal] = findRegexLiterals(pattern)
      assert.ok(literal)
      assert.equal(findSuperlinearInput(literal), undefined)
    })
  }
}

/** These read the answers of the operator's Redis server, and the operator's settings. */
const BUILT = ['config/schema.ts', 'store/redis/redis-eviction.ts']

test('regular expressions are literals, so that the search finds them', () => {
  const built = files.filter((file) =>
    /\bRegExp\(|\.(?:match|matchAll|search)\(['"`]/.test(sourceOf(file)),
  )
  assert.deepEqual(built.toSorted(), BUILT)
})

test('the search finds literals where code has them, and nowhere else', () => {
  const source = String.raw`
    const a = /a\/[/]+/gi // /comment/
    const b = c / d / e, f = (1) / 2 / 3
    const g = x.split(/\s*,\s*/), h = ['/string/', "/string/"]
    const i = html${'`'}</p> ${'${'}j.replace(/k/, ${'`'}/${'${'}/l/.test(m)}/${'`'})} /text/${'`'} / 2 / 1
    /* /comment/ */
    return /n/
  `
  assert.deepEqual(findRegexLiterals(source), [/a\/[/]+/gi, /\s*,\s*/, /k/, /l/, /n/])
  const found = files.flatMap((file) => findRegexLiterals(sourceOf(file)))
  assert.ok(found.length > 40, `${found.length} found`)
})

const COSTLY = [
  /\s*,\s*/,
  /\s+$/,
  /^https:\/\/\w*\d*$/,
  /x+x+y/,
  /^no-(a+)+$/,
  // After a longer beginning.
  /^application\/jwk-set\s+\s*$/,
  /^redirect_uri_prefix:\s*\s*$/,
  /^https:\/\/example\.org\/(x+x+)y/,
  /^(?<host>https:\/\/ab)\s*\s*$/,
  // After one of several beginnings, or one that may be absent.
  /^(?:foo|bar)\s*\s*$/,
  /^foo(?:bar)?\s*\s*$/,
  /^(?:foo|bar\s*\s*)$/,
  // Over more than two characters.
  /^(abc)*(abc)*$/,
  /^(?:x|abcd)*(?:abcd)*$/,
]
const LINEAR = [
  /,/,
  /^\s+/,
  /^https:\/\/\w*$/,
  /^no-(a)+$/,
  /^(?<first>abc)*x(?<second>abc)*$/,
  /^(?=x)\w+$/,
]

test('the search for costly input finds what takes quadratic, cubic and exponential time', () => {
  for (const pattern of COSTLY) assert.ok(findSuperlinearInput(pattern), String(pattern))
  for (const pattern of LINEAR) {
    assert.equal(findSuperlinearInput(pattern), undefined, String(pattern))
  }
})
