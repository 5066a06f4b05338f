// The shape of src/ that house rules promise: imports point down, the engine is known to one folder,
// the environment to one file.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../src', import.meta.url))

/** Top to bottom; the layers of one row are siblings that do not know each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['main'],
  ['compose'],
  ['http'],
  ['provider'],
  ['domain'],
  ['upstream', 'records', 'outbound'],
  ['store'],
  ['crypto', 'config'],
  ['oauth'],
  ['log', 'errors', 'deadline', 'bounded-map'],
  ['faults'],
]

const files = globSync('**/*.ts', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'))
const layerOf = (file: string) => (file.split('/')[0] ?? '').replace(/\.ts$/, '')
const heightOf = (layer: string) => LAYERS.findIndex((row) => row.includes(layer))

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8')
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
}

test('every file of src/ belongs to a layer', () => {
  assert.ok(files.length > 30, `${files.length} files found`)
  assert.deepEqual(
    files.filter((file) => heightOf(layerOf(file)) === -1),
    [],
  )
})

test('a file imports its own layer and the layers below, never above or beside', () => {
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.join(dirname(file), specifier))
      .filter((target) => {
        const [from, to] = [layerOf(file), layerOf(target)]
        return from !== to && heightOf(from) >= heightOf(to)
      })
      .map((target) => `${file} imports ${target}`),
  )
  assert.deepEqual(upward, [])
})

/** Package → the layers that may know it. */
const BORDERS: Readonly<Record<string, readonly string[]>> = {
  'oidc-provider': ['provider'],
  'openid-client': ['upstream'],
  keyv: ['store'],
  '@keyv/redis': ['store/redis'],
  'cluster-key-slot': ['store/redis'],
  'node:sqlite': ['store/sqlite'],
  'node:https': ['outbound'],
  'node:tls': ['outbound'],
  koa: ['http', 'compose.ts', 'provider/authorization/interactions.ts'],
  pino: ['log.ts'],
  zod: ['config', 'upstream/identity.ts'],
}

test('a library is known on one side of its border alone', () => {
  const strays = files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => Object.hasOwn(BORDERS, specifier))
      .filter((specifier) => !BORDERS[specifier]?.some((prefix) => file.startsWith(prefix)))
      .map((specifier) => `${file} imports ${specifier}`),
  )
  assert.deepEqual(strays, [])
})

test('the environment is read in main.ts alone', () => {
  const readers = files.filter((file) =>
    readFileSync(join(ROOT, file), 'utf8').includes('process.env'),
  )
  assert.deepEqual(readers, ['main.ts'])
})

test('a file of src/ has one job: none is longer than 200 lines', () => {
  const long = files
    .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length }))
    .filter(({ lines }) => lines > 201)
  assert.deepEqual(long, [])
})
