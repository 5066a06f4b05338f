// The shape of src/: imports point down, a library is known on one side of its border, the engine's
// internals in one file, the environment in another, and files and folders stay small.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../src', import.meta.url))

/** Top to bottom. The layers of one row are siblings, which do not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['main'],
  ['start'],
  ['serve', 'workers'],
  ['compose'],
  ['http'],
  ['provider', 'admin', 'config-check'],
  ['domain'],
  ['upstream', 'records', 'outbound'],
  ['store'],
  ['crypto', 'config'],
  ['oauth', 'log', 'errors', 'deadline', 'bounded-body', 'bounded-map', 'ip-address'],
  ['symptoms'],
  ['faults', 'log-hints'],
]

const files = globSync('**/*.ts', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'))
const sourceOf = (file: string) => readFileSync(join(ROOT, file), 'utf8')
/** Without the comments that have a line of their own. */
const withoutComments = (file: string) => sourceOf(file).replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, '')
const layerOf = (file: string) => (file.split('/')[0] ?? '').replace(/\.ts$/, '')
const heightOf = (layer: string) => LAYERS.findIndex((row) => row.includes(layer))

function importsOf(file: string): string[] {
  const pattern = /(?:\bfrom|\bimport|\brequire|\bresolve)\s*\(?\s*['"`]([^'"`]+)['"`]/g
  return [...sourceOf(file).matchAll(pattern)].map((match) => match[1] ?? '')
}

const isRelative = (specifier: string) => specifier.startsWith('.')

/** `@scope/name` or `name`; what comes behind it is a deep import. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

test('every file of src/ belongs to a layer', () => {
  assert.ok(files.length > 100, `${files.length} files found`)
  assert.deepEqual(
    files.filter((file) => heightOf(layerOf(file)) === -1),
    [],
  )
})

test('a file imports its own layer and the layers below, never above or beside', () => {
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter(isRelative)
      .map((specifier) => posix.join(dirname(file), specifier))
      .filter((target) => {
        const [from, to] = [layerOf(file), layerOf(target)]
        return from !== to && heightOf(from) >= heightOf(to)
      })
      .map((target) => `${file} imports ${target}`),
  )
  assert.deepEqual(upward, [])
})

test('oauth/ holds pure rules: it imports nothing of ours and does no I/O', () => {
  const allowed = ['node:crypto']
  const imports = files
    .filter((file) => layerOf(file) === 'oauth')
    .flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })))
    .filter(({ specifier }) => !allowed.includes(specifier))
    .filter(({ specifier }) => !/^\.\/[\w-]+\.ts$/.test(specifier))
  assert.deepEqual(imports, [])
  const impure = files
    .filter((file) => layerOf(file) === 'oauth')
    .filter((file) =>
      /Date\.now|new Date\(|performance\.|Math\.random|fetch\(/.test(sourceOf(file)),
    )
  assert.deepEqual(impure, [])
})

/** Package → the files and folders that may import it. */
const BORDERS: Readonly<Record<string, readonly string[]>> = {
  'oidc-provider': ['provider'],
  'openid-client': ['upstream'],
  keyv: ['store'],
  '@keyv/redis': ['store/redis'],
  'cluster-key-slot': ['store/redis'],
  'node:sqlite': ['store/sqlite'],
  'node:https': ['outbound'],
  'node:tls': ['outbound'],
  koa: [
    'http',
    'compose.ts',
    'provider/authorization/interactions.ts',
    'provider/browser-sessions.ts',
  ],
  '@koa/router': ['http'],
  'koa-mount': ['http'],
  pino: ['log.ts'],
  'rate-limiter-flexible': ['domain/limiter.ts', 'store/redis/redis-limiter.ts'],
  tldts: ['outbound'],
  zod: ['config', 'upstream/identity.ts'],
}

test('a library is known on one side of its border, deep imports included', () => {
  const strays = files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => Object.hasOwn(BORDERS, packageOf(specifier)))
      .filter(
        (specifier) => !BORDERS[packageOf(specifier)]?.some((prefix) => file.startsWith(prefix)),
      )
      .map((specifier) => `${file} imports ${specifier}`),
  )
  assert.deepEqual(strays, [])
})

/** The one file that may reach behind the documented interface of a package. */
const FENCE = 'provider/internals.ts'

test('a package is imported by its name alone, except by the fence around the engine', () => {
  const deep = files
    .filter((file) => file !== FENCE)
    .flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !isRelative(specifier) && !specifier.startsWith('node:'))
        .filter((specifier) => specifier !== packageOf(specifier))
        .map((specifier) => `${file} imports ${specifier}`),
    )
  assert.deepEqual(deep, [])
})

test('the engine’s types are cast in the fence only, and nothing is cast by way of unknown elsewhere', () => {
  const ENGINE_TYPES = ['AdapterPayload', 'KoaContextWithOIDC', 'Provider', 'Client', 'Grant']
  const cast = new RegExp(`\\bas (unknown as\\b|(Partial<)?(${ENGINE_TYPES.join('|')})\\b)`)
  const casts = files
    .filter((file) => file !== FENCE)
    .flatMap((file) =>
      sourceOf(file)
        .split('\n')
        .filter(
          (line) => cast.test(line.replace(/\/\/.*$/, '')) && !/^\s*(type )?\w+ as/.test(line),
        )
        .map((line) => `${file}: ${line.trim()}`),
    )
  assert.deepEqual(casts, [])
})

test('the engine’s names of routes are read in the fence only', () => {
  const readers = files
    .filter((file) => file !== FENCE)
    .filter((file) => /oidc\??\.route\b|_matchedRoute|mountPath/.test(sourceOf(file)))
  assert.deepEqual(readers, [])
})

test('the environment is read in start.ts alone', () => {
  assert.deepEqual(
    files.filter((file) => sourceOf(file).includes('process.env')),
    ['start.ts'],
  )
})

test('no cookie is read with ctx.cookies.get, which keeps every name that it is asked for', () => {
  // docs/adr/0020-cookies.md. The engine asks for its own three names.
  const readers = files.filter((file) => /\bcookies\??\.get\b/.test(withoutComments(file)))
  assert.deepEqual(readers, [])
})

/** These parse settings, URLs that a check above has accepted, and URLs of the upstream or of this server. */
const PARSING_URLS = [
  'config-check/check-resources-online.ts',
  'config-check/find-traps.ts',
  'config/branding.ts',
  'config/clients.ts',
  'config/file-schema.ts',
  'config/own-uris.ts',
  'config/proxy/https-proxy.ts',
  'config/read/read-file.ts',
  'config/resource-servers.ts',
  'config/upstream/check-upstream.ts',
  'config/upstream/event-settings.ts',
  'config/upstream/presets.ts',
  'config/upstream/upstream-config.ts',
  'domain/document-policy.ts',
  'domain/sender-address.ts',
  'http/app.ts',
  'http/endpoints/upstream-failure.ts',
  'http/middleware/canonical-origin.ts',
  'http/middleware/request-log.ts',
  'oauth/issuer.ts',
  'oauth/loopback.ts',
  'oauth/parse-url.ts',
  'oauth/redirect-uri.ts',
  'outbound/proxy/proxied-fetch.ts',
  'store/redis/redis-url.ts',
  'upstream/apis/microsoft-graph.ts',
  'upstream/discovered-upstream.ts',
  'upstream/person.ts',
  'upstream/relying-party.ts',
  'upstream/statements/signed-statements.ts',
  'upstream/upstream-keys.ts',
]

test('a URL that a stranger chose is parsed by oauth/parse-url.ts, which bounds the time', () => {
  const parsers = files.filter((file) =>
    /\bnew URL\(|\bURL\.(?:parse|canParse)\b/.test(withoutComments(file)),
  )
  assert.deepEqual(parsers.toSorted(), PARSING_URLS)
})

/** The fence is one file so that a reviewer finds every reliance in it; the others are tables of words. */
const LONGER = [FENCE, 'faults.ts']
const WORDS_OF_ERRORS = /^http\/views\/locales\/[a-z-]+\/problems\.ts$/

test('a file of src/ has one job: none is longer than 200 lines', () => {
  const long = files
    .filter((file) => !LONGER.includes(file) && !WORDS_OF_ERRORS.test(file))
    .map((file) => ({ file, lines: sourceOf(file).split('\n').length }))
    .filter(({ lines }) => lines > 201)
  assert.deepEqual(long, [])
  for (const file of LONGER) assert.ok(files.includes(file), file)
})

test('a folder of src/ is a noun: none holds more than fourteen files', () => {
  const sizes = Map.groupBy(files, (file) => dirname(file))
  const large = [...sizes].filter(([, held]) => held.length > 14).map(([folder]) => folder)
  assert.deepEqual(large, [])
})
