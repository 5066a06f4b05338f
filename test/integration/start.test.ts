// `npm start`: the server process from outside. Settings: test/unit/config.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from '../support/free-port.ts'
import { openConnection, requestHead } from '../support/raw-connection.ts'
import {
  firstAnswer,
  isListening,
  REPOSITORY,
  type ServerProcess,
  serverEnvironment,
  spawnNode,
} from '../support/server-process.ts'

function start(t: TestContext, env: Readonly<Record<string, string>>): ServerProcess {
  const server = spawnNode(['src/main.ts'], { env })
  t.after(async () => {
    server.kill('SIGKILL')
    await server.exit
  })
  return server
}

async function startReady(t: TestContext, changes: Readonly<Record<string, string>> = {}) {
  const port = await findFreePort()
  const server = start(t, { ...(await serverEnvironment(port)), ...changes })
  const url = `http://127.0.0.1:${port}`
  assert.equal((await firstAnswer(server, `${url}/livez`)).status, 200)
  return { server, url, port }
}

async function makeDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'start-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Opens a request with an incomplete body, so that the server cannot have answered yet. */
async function openRequest(url: string) {
  const req = request(`${url}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '19' },
  })
  const answer = once(req, 'response').then(([response]: IncomingMessage[]) => {
    response?.resume()
    return { status: response?.statusCode, connection: response?.headers.connection }
  })
  answer.catch(() => {})
  req.write('grant_type=')
  // Until the server has read the headers, it has no request to finish.
  await sleep(200)
  return { req, answer }
}

function messages({ stdout }: ServerProcess): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).msg)
}

/** The messages about stopping, without the warnings about the upstream, which does not answer. */
const stopMessages = (server: ServerProcess) =>
  messages(server).filter((message) => message.startsWith('stop'))

test('an invalid environment ends the process with exit code 78 and names every fault but no value', async (t) => {
  const server = start(t, {
    OIDC_ISSUER: 'https://auth.example.com/Tr0ub4dor',
    JWKS: '{"keys":"Tr0ub4dor"}',
    SESSION_SECRET: 'Tr0ub4dor',
    STORE_URL: 'redis//:Tr0ub4dor@redis',
    UPSTREAM_CLIENT_SECRET_FILE: '/nowhere/Tr0ub4dor',
  })
  assert.deepEqual(await server.exit, { code: 78, signal: null })
  for (const name of [
    'OIDC_ISSUER',
    'UPSTREAM_ISSUER',
    'UPSTREAM_CLIENT_ID',
    'UPSTREAM_CLIENT_SECRET_FILE',
    'JWKS',
    'SESSION_SECRET',
    'STORE_URL',
    'RESOURCES',
  ]) {
    assert.match(server.stderr, new RegExp(`^ +${name}: \\w`, 'm'))
  }
  assert.match(server.stderr, /the configuration has 8 faults/)
  assert.match(server.stderr, /^See docs\/troubleshooting\.md#faulty-settings$/m)
  assert.doesNotMatch(server.stdout + server.stderr, /Tr0ub4dor/)
  assert.equal(server.stdout, '')
})

test('with a new SQLite store, the server answers within 5 s of its start', async (t) => {
  const port = await findFreePort()
  const STORE_URL = `sqlite:${await makeDirectory(t)}/new/store.db`
  const env: Record<string, string> = { ...(await serverEnvironment(port)), STORE_URL }
  const url = `http://127.0.0.1:${port}`

  const startedAtMs = performance.now()
  const server = start(t, env)
  const answer = await firstAnswer(server, `${url}/.well-known/oauth-authorization-server`)
  const tookMs = Math.round(performance.now() - startedAtMs)
  t.diagnostic(`start-up to first answer: ${tookMs} ms`)
  const { issuer } = (await answer.json()) as { issuer: string }
  assert.equal(issuer, env['OIDC_ISSUER'])
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  assert.ok(tookMs < 5000, `${tookMs} ms`)

  server.kill('SIGTERM')
  assert.deepEqual(await server.exit, { code: 0, signal: null })
  assert.equal(server.stderr, '')
  assert.deepEqual(stopMessages(server), ['stopping', 'stopped'])
})

test('the upstream of the first start is home: a start with another one warns', async (t) => {
  const port = await findFreePort()
  const STORE_URL = `sqlite:${await makeDirectory(t)}/store.db`
  const env = { ...(await serverEnvironment(port)), STORE_URL }
  const warning = /not the home upstream/
  for (const [UPSTREAM_ISSUER, isHome] of [
    ['http://localhost:1', true],
    ['http://localhost:2', false],
  ] as const) {
    const server = start(t, { ...env, UPSTREAM_ISSUER })
    await firstAnswer(server, `http://127.0.0.1:${port}/readyz`)
    server.kill('SIGTERM')
    await server.exit
    const warnings = messages(server).filter((message) => warning.test(message))
    assert.equal(warnings.length, isHome ? 0 : 1, UPSTREAM_ISSUER)
  }
})

test('the last log lines are in order, however busy the thread pool is', async (t) => {
  const jam = "process.once('SIGTERM', () => crypto.pbkdf2('a', 'b', 3e6, 64, 'sha512', () => {}))"
  const preload = `data:text/javascript,import crypto from 'node:crypto';${encodeURIComponent(jam)}`
  const { server } = await startReady(t, {
    UV_THREADPOOL_SIZE: '1',
    NODE_OPTIONS: `--import "${preload}"`,
  })
  await sleep(200)
  server.kill('SIGTERM')
  assert.deepEqual(await server.exit, { code: 0, signal: null })
  assert.deepEqual(stopMessages(server), ['stopping', 'stopped'])
})

test('SIGTERM to `npm start` stops the server like SIGTERM to the server itself', async (t) => {
  const port = await findFreePort()
  const { PATH = '', HOME = '' } = process.env
  const env = { ...(await serverEnvironment(port)), PATH, HOME }
  const npm = spawn('npm', ['start'], {
    cwd: REPOSITORY,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stdout = text(npm.stdout)
  t.after(() => npm.kill('SIGKILL'))
  while (!(await isListening(port))) await sleep(50)
  const closed = once(npm, 'close')
  npm.kill('SIGTERM')
  await closed
  assert.match(await stdout, /"msg":"stopping"}\n.*"msg":"stopped"}\n/s)
  assert.equal(await isListening(port), false)
})

test('a log reader that stops reading does not block the server', async (t) => {
  const port = await findFreePort()
  const env = await serverEnvironment(port)
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: REPOSITORY,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(async () => {
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  })
  // More lines than the pipe buffers, which is about 300.
  await once(child.stdout, 'readable')
  for (let n = 0; n < 1000; n += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/jwks`, {
      signal: AbortSignal.timeout(5000),
    })
    await answer.arrayBuffer()
    assert.equal(answer.status, 200)
  }
})

test('after SIGTERM, a request in flight finishes and new connections are refused', async (t) => {
  const { server, url, port } = await startReady(t)
  const { req, answer } = await openRequest(url)
  server.kill('SIGTERM')
  await sleep(300)
  assert.equal(await isListening(port), false)

  const finishedAtMs = performance.now()
  req.end('password')
  // The grant type is refused: the request got a response, and the connection closes after it.
  assert.deepEqual(await answer, { status: 400, connection: 'close' })
  assert.deepEqual(await server.exit, { code: 0, signal: null })
  assert.ok(performance.now() - finishedAtMs < 3000)
})

test('a second SIGTERM does not abort a request that the first one lets finish', async (t) => {
  const { server, url } = await startReady(t)
  const { req, answer } = await openRequest(url)
  server.kill('SIGTERM')
  await sleep(100)
  server.kill('SIGTERM')
  server.kill('SIGINT')
  await sleep(200)
  req.end('password')
  assert.equal((await answer).status, 400)
  assert.deepEqual(await server.exit, { code: 0, signal: null })
  assert.equal(messages(server).filter((message) => message === 'stopping').length, 1)
})

test('a request that does not end is aborted after drainSeconds', async (t) => {
  const { server, url } = await startReady(t, await writeConfig(t, { drainSeconds: 1 }))
  const { answer } = await openRequest(url)
  const stoppedAtMs = performance.now()
  server.kill('SIGTERM')
  await assert.rejects(answer, { code: 'ECONNRESET' })
  assert.deepEqual(await server.exit, { code: 0, signal: null })
  const tookMs = performance.now() - stoppedAtMs
  assert.ok(tookMs > 900 && tookMs < 4000, `${tookMs} ms`)
})

/** A CONFIG_FILE with these settings. */
async function writeConfig(t: TestContext, settings: object) {
  const CONFIG_FILE = join(await makeDirectory(t), 'config.json')
  await writeFile(CONFIG_FILE, JSON.stringify(settings))
  return { CONFIG_FILE }
}

test('during shutdownDelaySeconds after SIGTERM, requests are served while /readyz answers 503', async (t) => {
  const { server, url, port } = await startReady(
    t,
    await writeConfig(t, { shutdownDelaySeconds: 1 }),
  )
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  const stoppedAtMs = performance.now()
  server.kill('SIGTERM')
  await sleep(100)
  const probe = await fetch(`${url}/readyz`)
  assert.deepEqual([probe.status, await probe.json()], [503, { status: 'stopping' }])
  while (performance.now() - stoppedAtMs < 700) {
    const answer = await fetch(`${url}/jwks`)
    assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close'])
    assert.equal((await fetch(`${url}/livez`)).status, 200)
  }
  assert.deepEqual(await server.exit, { code: 0, signal: null })
  const tookMs = performance.now() - stoppedAtMs
  assert.ok(tookMs > 1000 && tookMs < 3000, `${tookMs} ms`)
  assert.equal(await isListening(port), false)
})

test('every request that has reached the machine before the server stops accepting is answered', async (t) => {
  // While the event loop is blocked, connections and requests arrive, and nobody reads them.
  const jam =
    "process.once('SIGTERM', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500))"
  const { server, url } = await startReady(t, {
    NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(jam)}"`,
  })
  const kept = await Promise.all(Array.from({ length: 5 }, () => openConnection(url)))
  for (const { socket } of kept) socket.write(requestHead('GET /livez'))
  while (!kept.every(({ received }) => received.endsWith('}'))) await sleep(10)
  server.kill('SIGTERM')
  await sleep(100)
  const fresh = await Promise.all(Array.from({ length: 20 }, () => openConnection(url)))
  for (const { socket } of [...kept, ...fresh]) socket.write(requestHead('GET /jwks'))
  await Promise.all([...kept, ...fresh].map(({ closed }) => closed))
  for (const { received } of [...kept, ...fresh]) {
    assert.match(received, /HTTP\/1.1 200 OK\r\n.*connection: close\r\n.*"keys":/is)
  }
  assert.deepEqual(await server.exit, { code: 0, signal: null })
})

test('a connection without a request does not delay the exit, and one with a request is not cut off', async (t) => {
  const { server, url } = await startReady(t)
  await openConnection(url)
  const { req, answer } = await openRequest(url)
  const stoppedAtMs = performance.now()
  server.kill('SIGTERM')
  await sleep(1200)
  req.end('password')
  assert.equal((await answer).status, 400)
  assert.deepEqual(await server.exit, { code: 0, signal: null })
  // Less than drainSeconds.
  assert.ok(performance.now() - stoppedAtMs < 6000)
})

test('an idle keep-alive connection does not delay the exit', async (t) => {
  const { server, url } = await startReady(t)
  // fetch() keeps the connection for the next request.
  await (await fetch(`${url}/livez`)).text()
  const stoppedAtMs = performance.now()
  server.kill('SIGTERM')
  assert.deepEqual(await server.exit, { code: 0, signal: null })
  assert.ok(performance.now() - stoppedAtMs < 2000)
})

test('a port in use ends the process with exit code 1 and a log line that says so', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const address = other.address()
  assert.ok(address && typeof address === 'object')

  const server = start(t, await serverEnvironment(address.port))
  assert.deepEqual(await server.exit, { code: 1, signal: null })
  const line = JSON.parse(server.stdout.trimEnd().split('\n').at(-1) ?? '')
  assert.equal(line.level, 'fatal')
  assert.equal(line.msg, 'cannot listen at OIDC_HOST and OIDC_PORT')
  assert.equal(line.err.code, 'EADDRINUSE')
  assert.match(line.err.message, new RegExp(`:${address.port}$`))
})

test('a store that cannot be opened ends the process with exit code 1 and a log line that says so', async (t) => {
  const file = join(await makeDirectory(t), 'file')
  await writeFile(file, '')
  const env = await serverEnvironment(await findFreePort())
  const server = start(t, { ...env, STORE_URL: `sqlite:${file}/store.db` })
  assert.deepEqual(await server.exit, { code: 1, signal: null })
  const line = JSON.parse(server.stdout.trimEnd())
  assert.equal(line.level, 'fatal')
  assert.equal(line.msg, 'cannot start')
  assert.equal(server.stderr, '')
})

test('a damaged SQLite file ends the process with exit code 1 and a log line that names it and the way back', async (t) => {
  const file = join(await makeDirectory(t), 'store.db')
  await writeFile(
    file,
    'not a database, but long enough for the header of one, which is 100 bytes'.repeat(2),
  )
  const env = await serverEnvironment(await findFreePort())
  const server = start(t, { ...env, STORE_URL: `sqlite:${file}` })
  assert.deepEqual(await server.exit, { code: 1, signal: null })
  const line = JSON.parse(server.stdout.trimEnd())
  assert.equal(line.msg, 'cannot start')
  assert.ok(line.err.cause.message.includes(`the SQLite file ${file} is damaged`), server.stdout)
  assert.match(line.err.cause.message, /put a backup in its place/)
})

test('start-up warns about each resource server whose tokens clients would renew at almost every call', async (t) => {
  const directory = await makeDirectory(t)
  const CONFIG_FILE = join(directory, 'config.json')
  const resource = (name: string) => `https://${name}.example.com/mcp`
  const file = {
    resourceServers: [
      { resource: resource('short'), accessTokenSeconds: 419 },
      { resource: resource('enough'), accessTokenSeconds: 420 },
      { resource: resource('default') },
    ],
    lifetimes: { accessTokenSeconds: 300 },
  }
  await writeFile(CONFIG_FILE, JSON.stringify(file))
  const { server } = await startReady(t, { CONFIG_FILE, RESOURCES: '' })
  const warnings = server.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => /accessTokenSeconds/.test(msg))
  assert.deepEqual(
    warnings.map(({ level, resource, accessTokenSeconds }) => [
      level,
      resource,
      accessTokenSeconds,
    ]),
    [
      ['warn', resource('short'), 419],
      ['warn', resource('default'), 300],
    ],
  )
})

test('start-up warns in one line that everybody may enter, unless there are access rules', async (t) => {
  const directory = await makeDirectory(t)
  const CONFIG_FILE = join(directory, 'config.json')
  const rules = [{ name: 'staff', when: { emailDomain: 'example.com' } }]
  for (const [access, count] of [
    [{}, 1],
    [{ rules }, 0],
  ] as const) {
    await writeFile(CONFIG_FILE, JSON.stringify({ access }))
    const { server } = await startReady(t, { CONFIG_FILE })
    const lines = server.stdout.split('\n').filter((line) => line.includes('access.rules'))
    assert.equal(lines.length, count)
    for (const line of lines) assert.equal(JSON.parse(line).level, 'warn')
  }
})

test('a start leaves its compiled code for the next one', async (t) => {
  // Node says on stderr what it reads from its cache, and what it keeps.
  const debug = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }
  const first = await startReady(t, debug)
  first.server.kill('SIGTERM')
  assert.equal((await first.server.exit).code, 0)
  const { server } = await startReady(t, debug)
  assert.match(server.stderr, /code cache for ESM file:\S+compose\.ts was accepted/)
})
