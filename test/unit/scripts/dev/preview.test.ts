// The sample pages of `/_preview` are all pages of the server, and the server does not contain them.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { MIRRORED } from '../../../../scripts/dev/preview/mirrored-catalogue.ts'
import { SAMPLE_PAGES } from '../../../../scripts/dev/preview/sample-pages.ts'
import { html, toMarkup } from '../../../../src/http/views/html.ts'
import { CATALOGUES } from '../../../../src/http/views/locales/catalogues.ts'
import { parseDockerfile } from '../../../support/dockerfile.ts'
import { FRAME } from '../../../support/page-frame.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const read = (pattern: string) =>
  globSync(pattern, { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'))

test('every page that the server renders has a sample', () => {
  const samples = read('scripts/dev/preview/sample-*.ts').join('\n')
  const renderers = read('src/http/views/**/*.ts').flatMap((source) =>
    [...source.matchAll(/^export function (render\w+Page)\b/gm)].map(([, name = '']) => name),
  )
  assert.ok(renderers.length > 7, renderers.join(' '))
  assert.deepEqual(
    renderers.filter((name) => !samples.includes(`${name}(`)),
    [],
  )
})

for (const [tag, catalogue] of [...Object.entries(CATALOGUES), ['mirrored', MIRRORED] as const]) {
  test(`every page renders in "${tag}", with its language and direction, and without gaps`, () => {
    for (const [page, render] of SAMPLE_PAGES) {
      const markup = render({ ...FRAME, catalogue })
      const document = parse(markup).querySelector('html')
      assert.equal(document?.getAttribute('lang'), catalogue.language, page)
      assert.equal(document?.getAttribute('dir'), catalogue.direction, page)
      assert.doesNotMatch(markup, /undefined|\[object|\{\d\}|NaN|Invalid Date/, page)
      assert.notEqual(document?.querySelector('h1')?.textContent.trim(), '', page)
    }
  })
}

test('the mirrored catalogue reverses our words, and leaves arguments and markup as they are', () => {
  const sentence = MIRRORED.connect.title(html`<bdi>CRM</bdi>`, html`Okta`)
  assert.equal(
    toMarkup(sentence).replaceAll('\u202e', '[').replaceAll('\u202c', ']'),
    '[Connect] <bdi>CRM</bdi> [with] Okta[?]',
  )
  assert.match(MIRRORED.message.goOnTo('claude.ai'), / claude\.ai$/)
  assert.equal(MIRRORED.direction, 'rtl')
})

test('the server does not contain the preview: nothing in src/ leads to it, and its image lacks the folder', () => {
  const sources = read('src/**/*.ts')
  assert.ok(sources.length > 100)
  assert.deepEqual(
    sources.filter((source) => /_preview|from '(?:\.\.\/)+scripts\//.test(source)),
    [],
  )
  const server = parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).at(-1)
  const copied = server?.instructions.filter(({ name }) => name === 'COPY') ?? []
  assert.ok(copied.some(({ rest }) => rest.includes('scripts/admin.ts')))
  assert.deepEqual(
    copied.filter(({ rest }) => /(?:^|\s)(?:\.|scripts(?:\/dev\S*)?)\/?(?=\s)/.test(rest)),
    [],
  )
})
