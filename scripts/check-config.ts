// `npm run -s check-config`: what the server makes of its settings. src/config-check has it all.
import { loadConfig } from '../src/config/load.ts'
import { runCheck } from '../src/config-check/run-check.ts'
import { isTaken } from '../src/http/routes.ts'

process.exitCode = await runCheck({
  args: process.argv.slice(2),
  loadConfig: () => loadConfig(process.env, { isTaken }),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
})
