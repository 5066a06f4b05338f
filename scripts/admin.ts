// `npm run -s admin -- COMMAND`: administration over the settings and the store of the server. src/admin has it all.
import { runAdmin } from '../src/admin/run-admin.ts'
import { loadConfig } from '../src/config/load.ts'
import { isTaken } from '../src/http/routes.ts'

// `admin … | head` closes the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
process.exitCode = await runAdmin({
  args: process.argv.slice(2),
  loadConfig: () => loadConfig(process.env, { isTaken }),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
})
