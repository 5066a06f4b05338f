// The clients that people know by name: those of `wellKnownClients` and the configured ones. Finds a client that only looks
// like one of them (docs/adr/0038-names-that-imitate.md).
import type { Config } from '../../config/load.ts'
import { isLoopback } from '../../oauth/loopback.ts'
import { parseUrl } from '../../oauth/parse-url.ts'
import { beginsWith, isSame, type Spelling, spell } from './spelling.ts'

interface WellKnownClient {
  readonly name: string
  /** As people may write it: see `Spelling`. */
  readonly spelling: Spelling
  /** `host` or `*.domain`. */
  readonly hosts: readonly string[]
  readonly onDevice: boolean
  readonly asPrefix: boolean
}

/** How a client shows whose it is. */
interface ClientEvidence {
  readonly name: string
  /** The hosts that its document and its answers belong to; empty: the answer stays on the person's device. */
  readonly hosts: readonly string[]
}

export interface WellKnownClients {
  /** Whether a client of this kind uses the host. */
  hasHost(host: string): boolean
  /** The name that a client pretends to have; undefined: it resembles none, or is the one that it resembles. */
  findImitated(evidence: ClientEvidence): string | undefined
}

export function createWellKnownClients(
  config: Pick<Config, 'wellKnownClients' | 'clients'>,
): WellKnownClients {
  const known: readonly WellKnownClient[] = [
    ...Object.entries(config.wellKnownClients).map(([name, client]) => ({
      name,
      spelling: spell(name),
      ...client,
    })),
    ...config.clients.map(({ clientName, redirectUris }) => ({
      name: clientName,
      spelling: spell(clientName),
      ...usesOf(redirectUris),
      asPrefix: false,
    })),
  ]
  return {
    hasHost: (host) => known.some(({ hosts }) => isListed(host, hosts)),
    findImitated(evidence) {
      const spelling = spell(evidence.name)
      const resembled = known.filter((client) => isReadAs(spelling.read, client, 'read'))
      const isGenuine = resembled.some((client) => fits(evidence, spelling, client))
      return isGenuine ? undefined : resembled[0]?.name
    },
  }
}

function usesOf(redirectUris: readonly string[]): Pick<WellKnownClient, 'hosts' | 'onDevice'> {
  const urls = redirectUris.map(parseUrl).filter((url) => url !== undefined)
  const web = urls.filter((url) => url.protocol === 'https:' && !isLoopback(url))
  return { hosts: web.map(({ host }) => host), onDevice: web.length < redirectUris.length }
}

function isReadAs(
  words: readonly string[],
  { spelling, asPrefix }: WellKnownClient,
  how: keyof Spelling,
): boolean {
  return asPrefix ? beginsWith(words, spelling[how]) : isSame(words, spelling[how])
}

/** Nothing shows which program on a device asks; there, a name with the right letters is the usual case. */
function fits(evidence: ClientEvidence, spelling: Spelling, client: WellKnownClient): boolean {
  if (evidence.hosts.length > 0) return evidence.hosts.every((host) => isListed(host, client.hosts))
  return client.onDevice && isReadAs(spelling.written, client, 'written')
}

function isListed(host: string, hosts: readonly string[]): boolean {
  return hosts.some((listed) =>
    listed.startsWith('*.') ? host.endsWith(listed.slice(1)) : host === listed,
  )
}
