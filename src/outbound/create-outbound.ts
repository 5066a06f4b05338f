// Every connection that the server opens to the web: the guarded fetch of documents that strangers publish,
// and the fetch for the upstream.
import type { Config } from '../config/load.ts'
import type { OutboundOverrides } from './dialler.ts'
import { createGuardedFetch, type GuardedFetch } from './guarded-fetch.ts'
import { createProxiedFetch, type ProxiedFetch } from './proxy/proxied-fetch.ts'

export function createOutbound(options: {
  config: Pick<Config, 'outbound' | 'proxy'>
  overrides: { readonly outbound?: OutboundOverrides }
  currentSender: () => string
  admit: (site: string | undefined) => Promise<void>
}): { guardedFetch: GuardedFetch; proxiedFetch: ProxiedFetch } {
  const { config, overrides, currentSender, admit } = options
  return {
    guardedFetch: createGuardedFetch({
      ...overrides.outbound,
      privateHosts: config.outbound.privateHosts,
      proxy: config.proxy,
      currentSender,
      admit,
    }),
    proxiedFetch: createProxiedFetch(config.proxy),
  }
}
