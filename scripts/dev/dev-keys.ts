import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateSigningKeys } from '../../src/crypto/signing-keys.ts'

export interface DevKeys {
  readonly jwks: { readonly keys: readonly object[] }
  readonly sessionSecret: string
}

/** The keys are created at the first start and then kept, so that a restart ends no sessions. */
export async function loadDevKeys(dataDirectory: string): Promise<DevKeys> {
  const path = join(dataDirectory, 'dev-keys.json')
  try {
    return JSON.parse(await readFile(path, 'utf8')) as DevKeys
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`${path} cannot be read: delete it to create new keys`, { cause: error })
    }
  }
  const keys: DevKeys = {
    jwks: await generateSigningKeys(),
    sessionSecret: randomBytes(48).toString('base64url'),
  }
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  await writeFile(path, `${JSON.stringify(keys)}\n`, { mode: 0o600, flag: 'wx' })
  return keys
}
