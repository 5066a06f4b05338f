import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  assetPath,
  callbackRoute,
  callerOf,
  createRouteFinder,
  ENGINE_ROUTES,
  interactionPath,
  isTaken,
  ROUTES,
  type Route,
} from '../../../src/http/routes.ts'

const routes: readonly Route[] = Object.values(ROUTES)
const findRoute = createRouteFinder(routes)

/** A request path of a route: its parameters and its open end filled in. */
const fillIn = (path: string) => path.replace(/:\w+/g, 'Value-1').replace('*', 'any/rest')

for (const route of routes) {
  const path = fillIn(route.path)
  // `//` is another path than `/`.
  const slash = path === '/' ? '' : '/'

  test(`${route.path} is found in any case, and with one trailing slash`, () => {
    for (const spelling of [
      path,
      path.toUpperCase(),
      `${path}${slash}`,
      `${path.toUpperCase()}${slash}`,
    ]) {
      assert.equal(findRoute(spelling), route, spelling)
    }
  })
}

test('a parameter matches exactly one segment that is not empty', () => {
  assert.equal(findRoute('/interaction/a.b~c%2Fd'), ROUTES.interaction)
  assert.equal(findRoute('/interaction/a/approve'), ROUTES.approve)
  for (const path of [
    '/interaction',
    '/interaction/',
    '/interaction//approve',
    '/interaction/a/b',
  ]) {
    assert.equal(findRoute(path), undefined, path)
  }
})

test('metadata has its routes, and every other path below /.well-known/ one of its own', () => {
  assert.equal(findRoute('/.well-known/oauth-authorization-server'), ROUTES.oauthMetadata)
  assert.equal(findRoute('/.well-known/openid-configuration'), ROUTES.openidMetadata)
  for (const path of [
    '/.well-known/a',
    '/.well-known/a/b/c',
    '/.well-known/oauth-authorization-server/tenant',
    '/.well-known/openid-configuration2',
  ]) {
    assert.equal(findRoute(path), ROUTES.otherMetadata, path)
  }
  assert.equal(findRoute('/.well-known'), undefined)
})

test('a path that no route has is not found', () => {
  for (const path of [
    '',
    '//',
    '///',
    '/token//',
    '/a',
    '/tokens',
    '/token/a',
    'token',
    '/a/token',
    '/%74oken',
  ]) {
    assert.equal(findRoute(path), undefined, path)
  }
})

test('the callback is found at its own path, by GET only', () => {
  const callback = callbackRoute('/auth/callback')
  assert.deepEqual(callback.methods, ['GET'])
  assert.equal(callback.caller, 'person')
  assert.equal(createRouteFinder([callback, ...routes])('/Auth/Callback/'), callback)
  assert.equal(callbackRoute('/auth/callback/').path, '/auth/callback')
})

test('a path is taken if its first segment is that of a route, in any case', () => {
  for (const path of [
    '/authorize',
    '/Authorize/callback',
    '/TOKEN',
    '/interaction',
    '/assets/a/b',
  ]) {
    assert.equal(isTaken(path), true, path)
  }
  for (const route of routes) assert.equal(isTaken(fillIn(route.path)), true, route.path)
  for (const path of ['/callback', '/token-exchange', '/a/token', '']) {
    assert.equal(isTaken(path), false, path)
  }
})

test('a path belongs to the caller of its first segment, found or not', () => {
  for (const [path, caller] of [
    ['/authorize/a/b', 'person'],
    ['/assets', 'person'],
    ['/token', 'client'],
    ['/Register/a/b', 'client'],
    ['/introspect/', 'client'],
    ['/.well-known/a', 'client'],
    ['/livez', 'probe'],
    ['/readyz/a', 'probe'],
    ['/callback', undefined],
    ['/', 'person'],
  ] as const) {
    assert.equal(callerOf(path), caller, path)
  }
})

test('all routes with the same first segment have the same caller', () => {
  for (const route of routes) assert.equal(callerOf(route.path), route.caller, route.path)
})

test('a path that is built from a route is found as that route', () => {
  assert.equal(findRoute(assetPath('style.css')), ROUTES.asset)
  assert.equal(findRoute(interactionPath('uid')), ROUTES.interaction)
  assert.equal(findRoute(interactionPath('uid', 'approve')), ROUTES.approve)
  assert.equal(findRoute(interactionPath('uid', 'deny')), ROUTES.deny)
})

test('the engine is configured with paths of the table only', () => {
  for (const path of Object.values(ENGINE_ROUTES)) assert.ok(findRoute(path), path)
})

const SOURCE = fileURLToPath(new URL('../../../src', import.meta.url))

/** The part of each path before its first parameter, without a trailing slash. */
const ROUTED = [...new Set(routes.map(({ path }) => path.replace(/\/[:*].*$/, '')))].filter(
  // A slash alone is no path that could be written twice.
  (path) => path !== ROUTES.landing.path,
)

/** Literals that are a path of the table, or begin with one. Each part of a template counts. */
function findRoutedLiterals(source: string): string[] {
  const code = source.replace(/(?<=^|\s)(\/\*.*?\*\/|\/\/[^\n]*)/gs, '')
  const literals = [...code.matchAll(/(?<=['"`}])[^'"`$\n]+/g)].map(([text]) => text)
  return literals.filter((text) =>
    ROUTED.some((path) => text.startsWith(path) && /^([/?#]|$)/.test(text.slice(path.length))),
  )
}

test('a path of the table is written in no other file of src/', () => {
  const files = globSync('**/*.ts', { cwd: SOURCE }).filter((file) => file !== 'http/routes.ts')
  assert.ok(files.length > 30, `${files.length} files found`)
  const written = files.flatMap((file) =>
    findRoutedLiterals(readFileSync(join(SOURCE, file), 'utf8')).map((text) => `${file}: ${text}`),
  )
  assert.deepEqual(written, [])
})

test('the search for written paths finds each kind of literal, and no comment', () => {
  const source = `
    const a = ['/token', "/par"]
    const b = \`\${issuer}/jwks?a=\${a}\`
    const c = html\`<form action="/interaction/\${uid}">\`
    const d = ['/token-exchange', 'https://a.example/token'] // \`/register\`
    /** \`/livez\` */
  `
  assert.deepEqual(findRoutedLiterals(source), ['/token', '/par', '/jwks?a=', '/interaction/'])
  const table = readFileSync(join(SOURCE, 'http/routes.ts'), 'utf8')
  assert.deepEqual(
    findRoutedLiterals(table),
    routes.map(({ path }) => path).filter((path) => path !== ROUTES.landing.path),
  )
})
