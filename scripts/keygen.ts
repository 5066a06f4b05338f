// `npm run -s keygen`: prints new private signing keys on stdout, and nothing else.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { generateSigningKeys, SIGNING_ALGS, type SigningAlg } from '../src/crypto/signing-keys.ts'

const help = `Generates the private keys that sign tokens, as a JWK Set on one line, for the setting JWKS.

  npm run -s keygen                  an RS256 key and an ES256 key
  npm run -s keygen -- --env         JWKS=… and SESSION_SECRET=… for an env file
  npm run -s keygen > jwks.json      a file for JWKS_FILE

  --alg RS256|ES256   generate only this algorithm; repeat it for several. The server signs
                      ID tokens with RS256, and rejects a JWKS without an RS256 key.
  --pretty            print the JWK Set on several lines, for people
  --env               print lines for an env file, which a shell, \`node --env-file\`, docker
                      and docker compose can read
  --help              print this text

Without -s, npm also prints its banner to stdout.
`

/** The command line is invalid. The message says why. */
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
  if (pretty && env) throw new UsageError('--pretty and --env cannot be combined')

  const algs = readAlgs(alg)
  if (!algs.includes('RS256')) {
    console.error(
      'keygen: incomplete JWKS: ID tokens need an RS256 key, so add one of your own to it',
    )
  }
  const jwks = JSON.stringify(await generateSigningKeys(algs), null, pretty ? 2 : 0)
  if (!env) return `${jwks}\n`
  // Neither value contains a quote, a dollar sign or a backslash, so every reader gets them unchanged.
  return `JWKS='${jwks}'\nSESSION_SECRET=${randomBytes(48).toString('base64url')}\n`
}

try {
  process.stdout.write(await run())
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`keygen: ${error.message}\nSee: npm run -s keygen -- --help`)
  process.exitCode = 2
}
