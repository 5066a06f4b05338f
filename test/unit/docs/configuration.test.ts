import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatConfiguration } from '../../../scripts/docs/configuration-document.ts'
import { fileSchema } from '../../../src/config/file-schema.ts'
import { environmentSchema } from '../../../src/config/schema.ts'
import { readText } from '../../support/documents.ts'

test('docs/configuration.md is what the schemas say', () => {
  assert.equal(readText('docs/configuration.md'), formatConfiguration(), 'run: npm run docs:config')
})

test('docs/configuration.md has every setting of the environment and every key of the file', () => {
  const document = readText('docs/configuration.md')
  for (const name of Object.keys(environmentSchema.shape))
    assert.ok(document.includes(`| \`${name}\` |`), name)
  for (const key of Object.keys(fileSchema.shape)) assert.ok(document.includes(`### ${key}\n`), key)
})
