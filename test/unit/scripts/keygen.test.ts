import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { calculateJwkThumbprint, type JWK } from 'jose'
import { loadConfig } from '../../support/load-config.ts'

const script = fileURLToPath(new URL('../../../scripts/keygen.ts', import.meta.url))

function keygen(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

function parseKeys(stdout: string): JWK[] {
  return JSON.parse(stdout).keys
}

const environment = {
  OIDC_ISSUER: 'https://auth.example.com',
  UPSTREAM_ISSUER: 'https://login.example.com',
  UPSTREAM_CLIENT_ID: 'mcp',
  RESOURCES: 'https://mcp.example.com/mcp',
  SESSION_SECRET: 's'.repeat(32),
}

async function writeEnvFile(t: TestContext): Promise<{ path: string; lines: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'keygen-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'env')
  const lines = keygen('--env').stdout
  await writeFile(path, lines)
  return { path, lines }
}

const printBoth = `process.stdout.write(JSON.stringify([process.env.JWKS, process.env.SESSION_SECRET]))`

test('keygen prints one line with a JWKS, and nothing else', () => {
  const { status, stdout, stderr } = keygen()
  assert.equal(status, 0)
  assert.equal(stderr, '')
  assert.match(stdout, /^\{"keys":\[.+\]\}\n$/)
  assert.equal(stdout.split('\n').length, 2)

  const keys = parseKeys(stdout)
  assert.deepEqual(
    keys.map(({ kty, alg, use, crv }) => ({ kty, alg, use, crv })),
    [
      { kty: 'RSA', alg: 'RS256', use: 'sig', crv: undefined },
      { kty: 'EC', alg: 'ES256', use: 'sig', crv: 'P-256' },
    ],
  )
  assert.ok(keys.every((key) => typeof key.d === 'string'))
})

test('a kid is the thumbprint of its key (RFC 7638)', async () => {
  for (const key of parseKeys(keygen().stdout)) {
    assert.equal(key.kid, await calculateJwkThumbprint(key))
  }
})

test('the server accepts the printed keys, for both signing algorithms', () => {
  for (const args of [[], ['--pretty'], ['--alg', 'ES256', '--alg', 'RS256']]) {
    const JWKS = keygen(...args).stdout
    for (const ACCESS_TOKEN_ALG of ['RS256', 'ES256']) {
      const { jwks } = loadConfig({ ...environment, JWKS, ACCESS_TOKEN_ALG })
      assert.deepEqual(jwks, JSON.parse(JWKS))
    }
  }
})

test('every run generates new keys and a new session secret', () => {
  const [first, second] = [keygen('--env').stdout, keygen('--env').stdout]
  const values = (lines: string) => {
    const [jwks = '', secret = ''] = lines.split('\n')
    const { keys } = JSON.parse(jwks.slice("JWKS='".length, -1)) as { keys: JWK[] }
    return [...keys.map((key) => key.d), ...keys.map((key) => key.kid), secret]
  }
  const all = [...values(first), ...values(second)]
  assert.equal(new Set(all).size, 10)
})

test('--alg selects the algorithms, and a set without RS256 gives a warning', () => {
  const only = keygen('--alg', 'RS256')
  assert.deepEqual(
    parseKeys(only.stdout).map((key) => key.alg),
    ['RS256'],
  )
  assert.equal(only.stderr, '')

  const incomplete = keygen('--alg=ES256')
  assert.deepEqual(
    parseKeys(incomplete.stdout).map((key) => key.alg),
    ['ES256'],
  )
  assert.match(incomplete.stderr, /RS256/)
})

test('--pretty prints the JWKS on several lines', () => {
  const { stdout } = keygen('--pretty')
  assert.match(stdout, /^\{\n {2}"keys": \[\n/)
  assert.equal(parseKeys(stdout).length, 2)
})

test('--env prints one line for JWKS and one for SESSION_SECRET', async (t) => {
  const { lines } = await writeEnvFile(t)
  assert.match(lines, /^JWKS='\{[^'$\\]+\}'\nSESSION_SECRET=[\w-]{43,}\n$/)
})

test('Node and a POSIX shell read the same values from the lines of --env', async (t) => {
  const { path } = await writeEnvFile(t)
  const env = { PATH: process.env['PATH'] }
  const node = process.execPath
  const readings = [
    execFileSync(node, [`--env-file=${path}`, '-e', printBoth], { env, encoding: 'utf8' }),
    execFileSync(node, ['-e', `process.loadEnvFile(process.argv[1]);${printBoth}`, path], {
      env,
      encoding: 'utf8',
    }),
    execFileSync('sh', ['-c', 'set -a; . "$1"; "$2" -e "$3"', 'sh', path, node, printBoth], {
      env,
      encoding: 'utf8',
    }),
  ]
  assert.equal(new Set(readings).size, 1)
  const [JWKS, SESSION_SECRET] = JSON.parse(readings[0] ?? '')
  const config = loadConfig({ ...environment, JWKS, SESSION_SECRET })
  assert.deepEqual(config.sessionSecrets, [SESSION_SECRET])
})

test('--help explains the flags', () => {
  const { status, stdout } = keygen('--help')
  assert.equal(status, 0)
  for (const flag of ['--alg', '--pretty', '--env', '--help', 'RS256']) {
    assert.ok(stdout.includes(flag), flag)
  }
})

test('an invalid command line is rejected, only on stderr and with exit code 2', () => {
  const invalid = [
    ['--bits', '4096'],
    ['extra'],
    ['--alg', 'PS256'],
    ['--alg'],
    ['--pretty', '--env'],
  ]
  for (const args of invalid) {
    const { status, stdout, stderr } = keygen(...args)
    assert.equal(status, 2, args.join(' '))
    assert.equal(stdout, '')
    assert.match(stderr, /^keygen: .+\nSee: npm run -s keygen -- --help\n$/)
  }
})
