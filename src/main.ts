// The process edge: environment → config → compose → listen → drain on SIGTERM.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { compose } from './compose.ts'
import { type Config, ConfigError, loadConfig } from './config/load.ts'
import { isTaken } from './http/routes.ts'
import { createLogger, exitAfterLog, openLogOutput } from './log.ts'

/** sysexits.h EX_CONFIG */
const EXIT_CONFIG = 78

function loadOrExit(): Config {
  try {
    return loadConfig(process.env, { isTaken })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const lines = [`mcp-oidc-server cannot start: ${error.message}.`, ...error.faults]
    process.stderr.write(`${lines.join('\n  ')}\n`)
    process.exit(EXIT_CONFIG)
  }
}

const config = loadOrExit()
const logOutput = openLogOutput()
const logger = createLogger({ level: config.logLevel, destination: logOutput })

function exitWith(message: string): (err: unknown) => Promise<never> {
  return (err) => {
    logger.fatal({ err }, message)
    return exitAfterLog(logOutput, 1)
  }
}

let isStopping = false
const overrides = { logger, isStopping: () => isStopping }
const { app, checkUpstream, close } = await compose(config, overrides).catch(
  exitWith('cannot start'),
)
const server = createServer(app.callback())

async function drain(signal: NodeJS.Signals): Promise<void> {
  logger.info({ signal, drainSeconds: config.drainSeconds }, 'stopping')
  const closed = once(server, 'close')
  server.close()
  // A client that keeps its connection after the last answer would be waited for.
  const hangUp = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), config.drainSeconds * 1000)
  await closed
  clearInterval(hangUp)
  clearTimeout(cut)
  await close()
  logger.info('stopped')
  // Nothing that a stranger made us wait for may keep the process.
  await exitAfterLog(logOutput, 0)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    // Ctrl-C reaches `npm start` twice, from the terminal and from npm: the second one must not cut
    // what the first one lets finish.
    if (isStopping) return
    isStopping = true
    drain(signal).catch(exitWith('could not stop cleanly'))
  })
}

server.once('error', exitWith('cannot listen at OIDC_HOST and OIDC_PORT'))
server.listen(config.listen, () => {
  const resources = config.resourceServers.map(({ resource }) => resource)
  logger.info({ issuer: config.issuer, ...config.listen, resources }, 'listening')
  void checkUpstream()
})
