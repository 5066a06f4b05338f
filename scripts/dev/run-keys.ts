// Creates the secrets for docker-compose.yml, each in a file in DEV_KEYS_DIRECTORY, unless it exists.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateSigningKeys } from '../../src/crypto/signing-keys.ts'
import { exitWithError, requireSetting } from './run.ts'

const createSecret = () => randomBytes(48).toString('base64url')

async function createMissingKeys(directory: string): Promise<void> {
  const contents = {
    'jwks.json': JSON.stringify(await generateSigningKeys()),
    'session-secret': createSecret(),
    'upstream-client-secret': createSecret(),
  }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(join(directory, name), `${content}\n`, { mode: 0o600, flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
  }
}

try {
  await createMissingKeys(requireSetting(process.env, 'DEV_KEYS_DIRECTORY'))
} catch (error) {
  exitWithError(error)
}
