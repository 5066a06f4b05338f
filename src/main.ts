// The process edge: environment → config → compose → listen → drain on SIGTERM.
import { createServer } from 'node:http'
import { compose } from './compose.ts'
import { type Config, ConfigError, loadConfig } from './config/load.ts'

/** sysexits.h EX_CONFIG */
const EXIT_CONFIG = 78

function loadOrExit(): Config {
  try {
    return loadConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const lines = [`mcp-oidc-server cannot start: ${error.message}.`, ...error.faults]
    process.stderr.write(`${lines.join('\n  ')}\n`)
    process.exit(EXIT_CONFIG)
  }
}

const config = loadOrExit()
const { app, logger, close } = await compose(config)
const server = createServer(app.callback())

async function drain(signal: NodeJS.Signals): Promise<void> {
  logger.info({ signal, drainSeconds: config.drainSeconds }, 'stopping')
  const cut = setTimeout(() => server.closeAllConnections(), config.drainSeconds * 1000)
  server.close()
  server.closeIdleConnections()
  await new Promise((resolve) => server.once('close', resolve))
  clearTimeout(cut)
  await close()
  logger.info('stopped')
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    drain(signal).catch((err: unknown) => {
      logger.fatal({ err }, 'could not stop cleanly')
      process.exitCode = 1
    })
  })
}

server.once('error', (err) => {
  logger.fatal({ err }, 'cannot listen')
  process.exit(1)
})
server.listen(config.listen, () => {
  logger.info({ issuer: config.issuer, ...config.listen }, 'listening')
})
