// The configuration as serve.ts loads it.
import { type Config, loadConfig as load } from '../../src/config/load.ts'
import type { Environment } from '../../src/config/read/read-secret.ts'
import { isTaken } from '../../src/http/routes.ts'

export function loadConfig(env: Environment): Config {
  return load(env, { isTaken })
}
