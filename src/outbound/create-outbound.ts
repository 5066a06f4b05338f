// Every connection that the server opens to the web: the guarded fetch of documents that strangers publish,
// and the fetch for the upstream.
import type { Config } from '../config/load.ts'
import type { Logger } from '../log.ts'
import type { OutboundOverrides } from './dialler.ts'
import { createGuardedFetch, type GuardedFetch } from './guarded-fetch.ts'
import { createOutageWatch, type OutageWatch, type UnreachedHost } from './outage-watch.ts'
import { createProxiedFetch, type ProxiedFetch } from './proxy/proxied-fetch.ts'

const OUTAGES: Readonly<Record<UnreachedHost['step'], string>> = {
  resolve:
    'cannot resolve the hosts of client documents: set HTTPS_PROXY, or set clientDocuments.enabled to false in CONFIG_FILE: clients then register instead',
  connect:
    'cannot connect to the hosts of client documents: set HTTPS_PROXY, or set clientDocuments.enabled to false in CONFIG_FILE: clients then register instead',
  proxy:
    'cannot reach the hosts of client documents through the proxy: check HTTPS_PROXY, or set clientDocuments.enabled to false in CONFIG_FILE: clients then register instead',
}

export function createOutbound(options: {
  config: Pick<Config, 'outbound' | 'proxy'>
  overrides: { readonly outbound?: OutboundOverrides }
  currentSender: () => string
  admit: (site: string | undefined) => Promise<void>
  logger: Pick<Logger, 'warn' | 'info'>
}): { guardedFetch: GuardedFetch; proxiedFetch: ProxiedFetch } {
  const { config, overrides, currentSender, admit, logger } = options
  const outages = watchOutages(logger)
  return {
    guardedFetch: createGuardedFetch({
      ...overrides.outbound,
      privateHosts: config.outbound.privateHosts,
      proxy: config.proxy,
      currentSender,
      admit,
      outages,
    }),
    proxiedFetch: createProxiedFetch(config.proxy),
  }
}

/** One line when an outage begins, and one when it ends. */
function watchOutages(logger: Pick<Logger, 'warn' | 'info'>): OutageWatch {
  return createOutageWatch({
    onBegin: ({ hostname, step, error }) =>
      logger.warn({ host: hostname, err: error }, OUTAGES[step]),
    onEnd: () => logger.info('the hosts of client documents can be reached again'),
  })
}
