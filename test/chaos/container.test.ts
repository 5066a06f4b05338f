// Checks Dockerfile and docker-compose.yml against the code. Docker does not run here: the tests parse
// both files and run their steps and commands as processes.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { listen } from '../../scripts/dev/listen.ts'
import { environmentSchema, SECRET_SETTINGS } from '../../src/config/schema.ts'
import { copyPaths, instructionsOf, lastOf, parseDockerfile } from '../support/dockerfile.ts'
import { findFreePort } from '../support/free-port.ts'
import { logIn } from '../support/journey.ts'
import { loadConfig } from '../support/load-config.ts'
import { startRedis } from '../support/redis.ts'
import {
  firstAnswer,
  type ServerProcess,
  serverEnvironment,
  spawnNode,
} from '../support/server-process.ts'

const run = promisify(execFile)

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const stages = parseDockerfile(read('Dockerfile'))
const runtime = instructionsOf(stages, 'runtime')
const development = instructionsOf(stages, 'development')
const workdir = lastOf(runtime, 'WORKDIR').rest

interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly target: string }
  readonly user?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly network_mode?: string
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly stop_grace_period?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly privileged?: boolean
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const composeText = read('docker-compose.yml')
const compose: ComposeFile = parse(composeText, { merge: true })
const services = Object.entries(compose.services)

function service(name: string): Service {
  const found = compose.services[name]
  if (!found) throw new Error(`no service ${name} in docker-compose.yml`)
  return found
}

function environmentOf(name: string): Readonly<Record<string, string>> {
  return service(name).environment ?? {}
}

/** `source:target:mode` of each volume. */
function volumesOf({ volumes = [] }: Service) {
  return volumes.map((volume) => {
    const [source = '', target = '', mode = 'rw'] = volume.split(':')
    return { source, target, mode }
  })
}

/** The folder that holds the files of settings like JWKS_FILE. */
const keysFolder = environmentOf('keys')['DEV_KEYS_DIRECTORY'] ?? ''

async function makeDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'container-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

function start(t: TestContext, args: readonly string[], options: Parameters<typeof spawnNode>[1]) {
  const server = spawnNode(args, options)
  t.after(async () => {
    server.kill('SIGKILL')
    await server.exit
  })
  return server
}

/** The exit code of a health check, run by this Node instead of the image's. */
async function checkHealth(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [program, ...args] = command
  assert.equal(program, 'node')
  try {
    await run(process.execPath, args, { env, timeout: 10_000 })
    return 0
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

function imageHealthCheck(): string[] {
  return JSON.parse(lastOf(runtime, 'HEALTHCHECK').rest.replace(/^CMD /, ''))
}

async function stop(server: ServerProcess) {
  server.kill('SIGTERM')
  return server.exit
}

// The Dockerfile

test('a plain `docker build .` builds the runtime image on the slim image of Node 24', () => {
  assert.deepEqual(
    stages.map(({ name }) => name),
    ['base', 'dependencies', 'development', 'runtime'],
  )
  for (const { name, from } of stages) {
    assert.match(from, name === 'base' ? /^node:24-[a-z]+-slim$/ : /^base$/)
  }
  // The tests run on the major version that ships.
  assert.equal(process.versions.node.split('.')[0], '24')
})

test('every source that the Dockerfile copies is in the repository and in the build context', () => {
  for (const stage of stages) {
    for (const instruction of stage.instructions.filter(({ name }) => name === 'COPY')) {
      const { sources } = copyPaths(instruction)
      const from = instruction.flags['from']
      for (const source of sources) {
        if (from === undefined) {
          assert.ok(existsSync(join(ROOT, source)), source)
          assert.ok(isInContext(source), source)
        } else {
          assert.equal(from, 'dependencies')
          assert.equal(source, posix.join(workdir, 'node_modules'))
        }
      }
    }
  }
})

test('the build context holds exactly what is copied', () => {
  const copied = stages.flatMap(({ instructions }) =>
    instructions
      .filter(({ name, flags }) => name === 'COPY' && flags['from'] === undefined)
      .flatMap((instruction) => copyPaths(instruction).sources),
  )
  const isInside = (path: string) => copied.some((other) => path.startsWith(`${other}/`))
  const whole = new Set(copied.filter((path) => !isInside(path)))
  assert.deepEqual([...whole].toSorted(), contextEntries().toSorted())
  for (const path of ['.env', 'data/mcp-oidc.db', '.git/config', 'node_modules/koa/package.json']) {
    assert.ok(!isInContext(path), path)
  }
})

test('only production dependencies reach the image, and none of them has an install script', () => {
  const install = instructionsOf(stages, 'dependencies').find(({ rest }) => rest.startsWith('npm'))
  assert.equal(install?.rest, 'npm ci --omit=dev --ignore-scripts')
  const lock: { packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }> } =
    JSON.parse(read('package-lock.json'))
  const scripts = Object.entries(lock.packages).filter(
    ([, { dev, hasInstallScript }]) => hasInstallScript && !dev,
  )
  assert.deepEqual(scripts, [])
})

test('the image runs the command of `npm start` as the user node and stops on SIGTERM', () => {
  const { scripts } = JSON.parse(read('package.json'))
  // A container has its settings in the environment and runs no shell, so it needs neither .env nor
  // exec.
  const start = scripts.start.replace('exec ', '').replace('--env-file-if-exists=.env ', '')
  assert.deepEqual(JSON.parse(lastOf(runtime, 'CMD').rest), start.split(' '))
  assert.equal(lastOf(runtime, 'USER').rest, 'node')
  assert.equal(lastOf(development, 'USER').rest, 'node')
  assert.equal(lastOf(runtime, 'STOPSIGNAL').rest, 'SIGTERM')
  assert.ok(!runtime.some(({ name }) => name === 'ENTRYPOINT'))
})

test('the image exposes the port that the server listens on by default', async () => {
  const { OIDC_PORT: _, OIDC_HOST: __, ...env } = await serverEnvironment(4000)
  const { host, port } = loadConfig(env).listen
  assert.equal(lastOf(runtime, 'EXPOSE').rest, String(port))
  assert.equal(host, '0.0.0.0')
})

test('the volume of the image holds the default store and belongs to node', async () => {
  const { STORE_URL: _, ...env } = await serverEnvironment(4000)
  const file = posix.resolve(workdir, loadConfig(env).storeUrl.replace(/^sqlite:/, ''))
  assert.equal(lastOf(runtime, 'VOLUME').rest, posix.dirname(file))
  assert.ok(ownedFolders().includes(posix.dirname(file)))
  // A STORE_URL set by the image would override an operator's REDIS_URL.
  assert.ok(!runtime.some(({ name }) => name === 'ENV'))
})

/** The absolute paths of the folders that the base stage gives to node. */
function ownedFolders(): string[] {
  const { rest } = lastOf(instructionsOf(stages, 'base'), 'RUN')
  const [, made = '', owned = ''] = /^mkdir (.+) && chown node:node (.+)$/.exec(rest) ?? []
  assert.equal(made, owned)
  return made.split(' ').map((folder) => posix.join(workdir, folder))
}

test('the health check of the image passes while the server runs and fails after it stops', async (t) => {
  const port = await findFreePort()
  const server = start(t, ['src/main.ts'], { env: await serverEnvironment(port) })
  await firstAnswer(server, `http://127.0.0.1:${port}/livez`)

  const command = imageHealthCheck()
  assert.ok(command.at(-1)?.includes(`|| ${lastOf(runtime, 'EXPOSE').rest})`))
  assert.equal(await checkHealth(command, { OIDC_PORT: String(port) }), 0)
  assert.equal((await stop(server)).code, 0)
  assert.equal(await checkHealth(command, { OIDC_PORT: String(port) }), 1)
})

test('a 503 fails every health check', async (t) => {
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  t.after(close)
  server.on('request', (_request, response) => void response.writeHead(503).end())

  assert.equal(await checkHealth(imageHealthCheck(), { OIDC_PORT: String(port) }), 1)
  for (const name of ['server', 'upstream', 'mcp']) {
    const command = healthCheckOf(name).map((part) => part.replace(/:\d+\//, `:${port}/`))
    assert.equal(await checkHealth(command), 1, name)
  }
})

function contextEntries(): string[] {
  const [first, ...rest] = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  assert.equal(first, '*')
  return rest.map((line) => {
    assert.match(line, /^![\w.-]+$/)
    return line.slice(1)
  })
}

function isInContext(path: string): boolean {
  return contextEntries().includes(path.split('/')[0] ?? '')
}

// The steps of the image

test('the steps of the image, run in a new folder, produce a server that works', async (t) => {
  const folder = await makeDirectory(t)
  await copyStage('dependencies', folder)
  // Keeps the npm registry and cache of the environment; drops the variables that `npm test` sets.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(package|lifecycle|command)|npm_config_(local_)?prefix|INIT_CWD|NODE_(ENV|OPTIONS|TEST))/.test(
          name,
        ),
    ),
  )
  const install = ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline']
  await run('npm', install, { cwd: folder, env, timeout: 180_000 })
  await copyStage('runtime', folder)
  assert.deepEqual(globSync('node_modules/{typescript,@biomejs,express,node}', { cwd: folder }), [])

  const port = await findFreePort()
  const { STORE_URL: _, ...settings } = await serverEnvironment(port)
  const [program, ...args] = JSON.parse(lastOf(runtime, 'CMD').rest)
  assert.equal(program, 'node')
  const server = start(t, args, { cwd: folder, env: settings })
  const url = `http://127.0.0.1:${port}`
  const live = await firstAnswer(server, `${url}/livez`)
  assert.deepEqual([live.status, await live.json()], [200, { status: 'ok' }])
  const metadata = await fetch(`${url}/.well-known/oauth-authorization-server`)
  const { issuer } = (await metadata.json()) as { issuer: string }
  assert.equal(issuer, settings['OIDC_ISSUER'])
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  assert.ok(existsSync(join(folder, 'data', 'mcp-oidc.db')))
  // As `docker exec` runs it: in the folder of the server, with its environment.
  const stats = start(t, ['scripts/admin.ts', 'stats', '--json'], { cwd: folder, env: settings })
  assert.equal((await stats.exit).code, 0, stats.stderr)
  assert.ok('kinds' in JSON.parse(stats.stdout))
  assert.deepEqual(await stop(server), { code: 0, signal: null })
})

/** Runs the COPY instructions of one stage, with only the files that are or could be committed. */
async function copyStage(name: string, folder: string): Promise<void> {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  ).split('\0')
  const files = listed.filter((path) => isInContext(path) && existsSync(join(ROOT, path)))
  for (const instruction of stages.find((stage) => stage.name === name)?.instructions ?? []) {
    if (instruction.name !== 'COPY' || instruction.flags['from'] !== undefined) continue
    const { sources, destination } = copyPaths(instruction)
    for (const source of sources) {
      // A folder is copied to a folder of the same name, a file into the folder of the same name.
      const isFile = files.includes(source)
      assert.equal(destination, isFile ? join(dirname(source), '/') : source)
      for (const file of files.filter((path) => path === source || path.startsWith(`${source}/`))) {
        await mkdir(dirname(join(folder, file)), { recursive: true })
        await cp(join(ROOT, file), join(folder, file))
      }
    }
  }
}

// docker-compose.yml

function healthCheckOf(name: string): readonly string[] {
  const [kind, ...command] = service(name).healthcheck?.test ?? []
  assert.equal(kind, 'CMD')
  // An unquoted `a ? b : c` is a mapping in YAML.
  for (const part of command) assert.equal(typeof part, 'string', name)
  return command
}

test('every service except Redis is built from a stage of the Dockerfile', () => {
  for (const [name, { build, image }] of services) {
    if (name === 'redis') {
      assert.match(image, /^redis:\d+-alpine$/)
      continue
    }
    assert.equal(build?.context, '.')
    assert.ok(stages.some((stage) => stage.name === build.target))
    assert.equal(image, `mcp-oidc-server:${build.target}`)
  }
  assert.equal(service('server').build?.target, 'runtime')
})

test('every command names a script that its image contains', () => {
  for (const [name, { build, command }] of services) {
    if (build?.target !== 'development') continue
    const [program, script = '', ...rest] = command ?? []
    assert.deepEqual([program, rest], ['node', []], name)
    assert.ok(existsSync(join(ROOT, script)), script)
    const copied = development
      .filter((instruction) => instruction.name === 'COPY')
      .flatMap((instruction) => copyPaths(instruction).sources)
    assert.ok(copied.includes(script.split('/')[0] ?? ''), script)
  }
  // The server runs the command of its image.
  assert.equal(service('server').command, undefined)
})

test('every variable is a setting of the server or is read by the script of its service', () => {
  const withTwins = (names: readonly string[]) => [...names, ...names.map((name) => `${name}_FILE`)]
  const settings = [...Object.keys(environmentSchema.shape), ...withTwins(SECRET_SETTINGS)]
  for (const [name, { environment = {}, command }] of services) {
    const script = command?.find((part) => part.endsWith('.ts'))
    const known = script
      ? withTwins(
          [...read(script).matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, name = '']) => name),
        )
      : settings
    for (const variable of Object.keys(environment)) {
      assert.ok(known.includes(variable), `${name}: ${variable}`)
    }
  }
})

test('services that share a setting give it the same value', () => {
  const upstream = environmentOf('upstream')
  const server = environmentOf('server')
  for (const [name, value] of Object.entries(upstream)) {
    if (name !== 'DEV_HOST') assert.equal(server[name], value, name)
  }
  const mcp = environmentOf('mcp')
  assert.equal(mcp['OAUTH_ISSUER_URL'], server['OIDC_ISSUER'])
  assert.equal(mcp['OAUTH_AUDIENCE'], server['RESOURCES'])
})

test('docker-compose.yml contains no secrets', () => {
  for (const [name, { environment = {} }] of services) {
    for (const secret of ['UPSTREAM_CLIENT_SECRET', 'JWKS', 'SESSION_SECRET']) {
      assert.ok(!(secret in environment), `${name}: ${secret}`)
    }
  }
})

test('the server accepts its environment with the files that `keys` creates once', async (t) => {
  const folder = join(await makeDirectory(t), 'keys')
  const [, script = ''] = service('keys').command ?? []
  const files = Object.entries(environmentOf('server')).filter(([name]) => name.endsWith('_FILE'))
  const contents: string[][] = []
  for (let round = 0; round < 2; round++) {
    const keys = start(t, [script], { env: { DEV_KEYS_DIRECTORY: folder } })
    assert.deepEqual(await keys.exit, { code: 0, signal: null }, keys.stderr)
    contents.push(files.map(([, path]) => readFileSync(path.replace(keysFolder, folder), 'utf8')))
  }
  assert.deepEqual(contents[0], contents[1])

  const config = loadConfig(inFolder(environmentOf('server'), folder))
  assert.equal(config.listen.port, Number(new URL(config.issuer).port))
  assert.equal(config.storeUrl, 'redis://redis:6379')
  assert.ok(config.upstream.clientSecret)
})

function inFolder(env: Readonly<Record<string, string>>, folder: string): Record<string, string> {
  return JSON.parse(JSON.stringify(env).replaceAll(keysFolder, folder))
}

test('the published ports are the ports that the services listen on, on loopback only', () => {
  const { OIDC_ISSUER = '', UPSTREAM_ISSUER = '', RESOURCES = '' } = environmentOf('server')
  // Browsers and containers use the same URLs, so the ports are the same inside and outside.
  const ports = [OIDC_ISSUER, UPSTREAM_ISSUER, RESOURCES].map((url) => new URL(url).port)
  assert.deepEqual(
    service('server').ports,
    ports.map((port) => `127.0.0.1:${port}:${port}`),
  )
  for (const [name, { ports: own }] of services) {
    if (name !== 'server') assert.equal(own, undefined, name)
  }
  for (const name of ['upstream', 'mcp']) {
    assert.equal(service(name).network_mode, 'service:server')
    // Published ports do not reach a service that listens on loopback.
    assert.equal(environmentOf(name)['DEV_HOST'], '0.0.0.0')
  }
})

test('the services have a start order: no dependency cycles, and every awaited condition can occur', () => {
  const waitsFor = ([, { depends_on, network_mode }]: [string, Service]) => [
    ...Object.keys(depends_on ?? {}),
    ...(network_mode?.startsWith('service:') ? [network_mode.slice(8)] : []),
  ]
  const started = new Set<string>()
  let left = services
  while (left.length > 0) {
    const ready = left.filter((entry) => waitsFor(entry).every((name) => started.has(name)))
    assert.ok(ready.length > 0, `a cycle: ${left.map(([name]) => name).join(', ')}`)
    for (const [name] of ready) started.add(name)
    left = left.filter(([name]) => !started.has(name))
  }
  for (const [, { depends_on: dependsOn = {} }] of services) {
    for (const [name, { condition }] of Object.entries(dependsOn)) {
      const isOneShot = name === 'keys'
      assert.equal(condition, isOneShot ? 'service_completed_successfully' : 'service_healthy')
      if (!isOneShot) assert.ok(service(name).healthcheck, name)
    }
  }
  assert.deepEqual(Object.keys(service('server').depends_on ?? {}), ['keys', 'redis'])
})

test('volumes are declared, belong to the user that writes them, and hold what must persist', () => {
  const mounts = services.flatMap(([name, definition]) =>
    volumesOf(definition).map((volume) => ({ name, ...volume })),
  )
  assert.deepEqual(
    new Set(mounts.map(({ source }) => source)),
    new Set(Object.keys(compose.volumes)),
  )
  for (const { name, source, target, mode } of mounts) {
    if (source === 'redis') {
      assert.equal(target, '/data')
      continue
    }
    assert.equal(target, keysFolder)
    assert.equal(mode, name === 'keys' ? 'rw' : 'ro', name)
    assert.ok(ownedFolders().includes(target))
  }
  for (const [name, { environment = {} }] of services) {
    const isReader = Object.values(environment).some((value) => value.startsWith(keysFolder))
    assert.equal(
      mounts.some((mount) => mount.name === name && mount.source === 'keys'),
      isReader,
      name,
    )
  }
  const { command = [], healthcheck } = service('redis')
  assert.deepEqual(command, ['redis-server', '--appendonly', 'yes'])
  assert.deepEqual(healthcheck?.test, ['CMD', 'redis-cli', 'ping'])
})

test('no service has more privileges than it needs', () => {
  for (const [name, definition] of services) {
    assert.equal(definition.read_only, true, name)
    assert.deepEqual(definition.cap_drop, ['ALL'], name)
    assert.deepEqual(definition.security_opt, ['no-new-privileges:true'], name)
    assert.equal(definition.privileged, undefined, name)
    // A service that is built runs as the USER of its image.
    assert.equal(definition.user, definition.build ? undefined : 'redis', name)
  }
})

test('the stop grace period covers the stop of the server, with the sample configuration too', async () => {
  const [, seconds] = /^(\d+)s$/.exec(service('server').stop_grace_period ?? '') ?? []
  const env = await serverEnvironment(4000)
  const sample = { ...env, CONFIG_FILE: join(ROOT, 'docs/samples/config.json') }
  assert.equal(loadConfig(sample).shutdownDelaySeconds, 5)
  for (const { shutdownDelaySeconds, drainSeconds } of [loadConfig(env), loadConfig(sample)]) {
    assert.ok(Number(seconds) > shutdownDelaySeconds + drainSeconds)
  }
  const [, dockerStop] = /`docker stop -t (\d+)`/.exec(read('Dockerfile')) ?? []
  assert.equal(dockerStop, seconds)
})

test('the services, run as processes on free ports, are healthy and complete a sign-in', async (t) => {
  const folder = join(await makeDirectory(t), 'keys')
  const redis = await startRedis()
  t.after(redis.stop)
  const [serverPort, upstreamPort, mcpPort] = await Promise.all([
    findFreePort(),
    findFreePort(),
    findFreePort(),
  ])
  const onFreePorts = <T>(part: T): T =>
    JSON.parse(
      JSON.stringify(part)
        .replaceAll(/:4000\b/g, `:${serverPort}`)
        .replaceAll(/:4001\b/g, `:${upstreamPort}`)
        .replaceAll(/:3000\b/g, `:${mcpPort}`)
        .replaceAll('redis://redis:6379', redis.url)
        .replaceAll('0.0.0.0', '127.0.0.1')
        .replaceAll(keysFolder, folder),
    )
  const launch = (name: string, more: Readonly<Record<string, string>> = {}) =>
    start(t, service(name).command?.slice(1) ?? ['src/main.ts'], {
      env: { ...onFreePorts(environmentOf(name)), ...more },
    })

  assert.equal((await launch('keys').exit).code, 0)
  const running = {
    server: launch('server', { OIDC_HOST: '127.0.0.1', OIDC_PORT: String(serverPort) }),
    upstream: launch('upstream'),
    mcp: launch('mcp'),
  }
  const issuer = `http://localhost:${serverPort}`
  const resource = `http://localhost:${mcpPort}/mcp`
  await firstAnswer(running.server, `${issuer}/livez`)
  await firstAnswer(running.upstream, `http://localhost:${upstreamPort}/`)
  await firstAnswer(running.mcp, resource)
  for (const name of Object.keys(running)) {
    assert.equal(await checkHealth(onFreePorts(healthCheckOf(name))), 0, name)
  }

  const { tokens } = await logIn(issuer, { parameters: { resource } })
  const answer = await fetch(resource, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokens['access_token']}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  })
  assert.equal(answer.status, 200)

  for (const [name, server] of Object.entries(running)) {
    assert.deepEqual(await stop(server), { code: 0, signal: null }, `${name} ${server.stderr}`)
    assert.equal(await checkHealth(onFreePorts(healthCheckOf(name))), 1, name)
  }
})
