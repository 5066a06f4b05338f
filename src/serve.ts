// One server: compose → listen → drain on SIGTERM. start.ts starts it, alone or as one of several workers.
import { adviseOnRevalidation } from './config/access/revalidation.ts'
import type { Config } from './config/load.ts'
import { findShortLivedTokens } from './config/resource-servers.ts'
import { createDrain } from './http/connections/drain.ts'
import { listen } from './http/connections/listeners.ts'
import { createHttpServer } from './http/connections/server.ts'
import { createLogger, exitAfterLog, openLogOutput } from './log.ts'
import { resourceUrisOf } from './oauth/resource-uri.ts'
import { openConfiguredStore } from './store/open-store.ts'

/** Ends the process when the server has stopped, or cannot start. @param worker its number, if there are several */
export async function serve(config: Config, worker?: number): Promise<void> {
  const logOutput = openLogOutput({ isShared: worker !== undefined })
  const base = createLogger({ level: config.logLevel, destination: logOutput })
  const logger = worker === undefined ? base : base.child({ worker })
  const exitWith = (message: string) => (err: unknown) => {
    logger.fatal({ err }, message)
    return exitAfterLog(logOutput, 1)
  }

  // compose.ts is loaded only now: the thread of SQLite opens the file meanwhile, which takes 100 ms or more.
  const opening = openConfiguredStore({ config, logger }).catch(exitWith('cannot start'))
  const { compose } = await import('./compose.ts')

  let isStopping = false
  const overrides = { logger, store: await opening, isStopping: () => isStopping }
  const { listener, check, close } = await compose(config, overrides).catch(
    exitWith('cannot start'),
  )
  const server = createHttpServer({ connections: config.connections, logger })
  server.on('request', listener)
  const { drain } = createDrain(server)

  const listening = listen(server, config.listen, { isShared: worker !== undefined }).catch(
    exitWith('cannot listen at OIDC_HOST and OIDC_PORT'),
  )

  async function stop(signal: NodeJS.Signals): Promise<void> {
    const { shutdownDelaySeconds, drainSeconds } = config
    logger.info({ signal, shutdownDelaySeconds, drainSeconds }, 'stopping')
    const listeners = await listening
    await drain({ listeners, delaySeconds: shutdownDelaySeconds, drainSeconds })
    await close()
    logger.info('stopped')
    // A pending request to a stranger's server must not keep the process alive.
    await exitAfterLog(logOutput, 0)
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // Ctrl-C reaches the process twice under `npm start`, from the terminal and from npm. The second signal
      // must not cut off the requests that the first one lets finish.
      if (isStopping) return
      isStopping = true
      stop(signal).catch(exitWith('could not stop cleanly'))
    })
  }

  await listening
  // Of several workers, one says what is the same for all.
  if (worker === undefined || worker === 1) logAdvice(config, logger)
  const resources = config.resourceServers.flatMap(resourceUrisOf)
  logger.info({ issuer: config.issuer, ...config.listen, resources }, 'listening')
  void check()
}

function logAdvice(config: Config, logger: ReturnType<typeof createLogger>): void {
  for (const tokens of findShortLivedTokens(config.resourceServers)) {
    logger.warn(
      tokens,
      'clients refresh at almost every call: set accessTokenSeconds to 420 or more',
    )
  }
  if (config.access.rules.length === 0) {
    logger.warn('everybody whom the upstream signs in may use every MCP server: see access.rules')
  }
  for (const { message, ...fields } of adviseOnRevalidation(config)) logger.warn(fields, message)
  if (config.proxy) logger.info('connections to the internet go through the proxy of HTTPS_PROXY')
}
