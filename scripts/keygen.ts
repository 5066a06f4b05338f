// `npm run -s keygen`: new private signing keys on stdout, and nothing else there.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { generateSigningKeys, SIGNING_ALGS, type SigningAlg } from '../src/crypto/signing-keys.ts'

const help = `Makes the private keys that sign tokens, as a JWK Set on one line: the value of JWKS.

  npm run -s keygen                  an RS256 and an ES256 key
  npm run -s keygen -- --env         JWKS=… and SESSION_SECRET=… for an env file
  npm run -s keygen > jwks.json      for JWKS_FILE

  --alg RS256|ES256   only this algorithm; may be given again. The server signs ID tokens
                      with RS256 and refuses a JWKS without such a key.
  --pretty            on several lines, to be read by people
  --env               as lines of an env file, for a shell, \`node --env-file\`, docker and
                      docker compose
  --help              this text

Without -s npm prints its banner to stdout, too.
`

/** What was typed can't be meant; the message says why. */
class UsageError extends Error {}

function readOptions() {
  try {
    return parseArgs({
      options: {
        alg: { type: 'string', multiple: true },
        pretty: { type: 'boolean', default: false },
        env: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readAlgs(names: readonly string[]): SigningAlg[] {
  return [...new Set(names)].map((name) => {
    const alg = SIGNING_ALGS.find((known) => known === name)
    if (!alg) throw new UsageError(`--alg must be one of ${SIGNING_ALGS.join(', ')}`)
    return alg
  })
}

async function run(): Promise<string> {
  const { alg = SIGNING_ALGS, pretty, env, help: isHelp } = readOptions()
  if (isHelp) return help
  if (pretty && env) throw new UsageError('--pretty and --env exclude each other')

  const algs = readAlgs(alg)
  if (!algs.includes('RS256')) {
    console.error('keygen: not a whole JWKS: ID tokens need an RS256 key, add one of yours to it')
  }
  const jwks = JSON.stringify(await generateSigningKeys(algs), null, pretty ? 2 : 0)
  if (!env) return `${jwks}\n`
  // Neither value holds a quote, a dollar or a backslash, so every reader takes them as they stand.
  return `JWKS='${jwks}'\nSESSION_SECRET=${randomBytes(48).toString('base64url')}\n`
}

try {
  process.stdout.write(await run())
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`keygen: ${error.message}\nSee: npm run -s keygen -- --help`)
  process.exitCode = 2
}
