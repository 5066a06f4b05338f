// `clients list` and `clients show`: those that registered, those whose metadata documents are cached, and those of
// the configuration. Secrets and keys of a client are never shown.
import type { ClientConfig } from '../../config/clients.ts'
import type { Members } from '../../oauth/json-members.ts'
import type { ListedRecord } from '../../records/listing/record-listing.ts'
import { AdminError } from '../admin-error.ts'
import { type Command, operandOf, PAGE_OPTIONS, readPageRequest } from '../command.ts'
import type { AdminRecords } from '../open-records.ts'
import { describeNext, selectPage, Unreadable } from '../page.ts'
import { formatTime } from '../terminal-text.ts'

export interface ShownClient {
  readonly clientId: string
  readonly name: string | null
  readonly source: 'registered' | 'document' | 'configured'
  readonly authentication: string
  readonly redirectUris: readonly string[]
  readonly uri: string | null
  /** The last approval or token, to the day. */
  readonly usedAt: string | null
  readonly expiresAt: string | null
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function fromMetadata(metadata: Members) {
  return {
    clientId: textOrNull(metadata['client_id']) ?? '?',
    name: textOrNull(metadata['client_name']),
    authentication: textOrNull(metadata['token_endpoint_auth_method']) ?? 'none',
    redirectUris: strings(metadata['redirect_uris']),
    uri: textOrNull(metadata['client_uri']),
  }
}

function fromRegistration(record: ListedRecord<'Client'>, nowMs: number): ShownClient {
  const { metadata = {}, renewedAt = 0 } = record.value ?? {}
  return {
    ...fromMetadata(metadata),
    source: 'registered',
    usedAt: renewedAt === 0 ? null : formatTime(renewedAt * 1000),
    expiresAt: formatTime(nowMs + record.ttlMs),
  }
}

function fromDocument(record: ListedRecord<'ClientDocument'>, nowMs: number): ShownClient {
  const { value } = record.value ?? {}
  const isObject = typeof value === 'object' && value !== null
  return {
    ...fromMetadata(isObject ? { ...value } : {}),
    source: 'document',
    usedAt: null,
    expiresAt: formatTime(nowMs + record.ttlMs),
  }
}

function fromConfiguration(client: ClientConfig): ShownClient {
  const secret = client.clientSecret === undefined ? 'none' : 'client_secret'
  return {
    clientId: client.clientId,
    name: client.clientName,
    source: 'configured',
    authentication: client.keys === undefined ? secret : 'private_key_jwt',
    redirectUris: client.redirectUris,
    uri: client.clientUri ?? null,
    usedAt: null,
    expiresAt: null,
  }
}

/** @throws AdminError if there is none */
export async function findClient(
  clientId: string,
  options: { configured: readonly ClientConfig[]; records: AdminRecords; nowMs: number },
): Promise<ShownClient> {
  const { configured, records, nowMs } = options
  const known = configured.find((client) => client.clientId === clientId)
  if (known) return fromConfiguration(known)
  const registration = await records.listing.find('Client', clientId)
  if (registration?.value) return fromRegistration(registration, nowMs)
  const document = await records.listing.find('ClientDocument', clientId)
  if (document?.value) return { ...fromDocument(document, nowMs), clientId }
  throw new AdminError(
    registration || document
      ? `the record of the client cannot be read: ${(registration ?? document)?.state}`
      : `there is no client ${clientId}`,
  )
}

const list: Command = {
  name: 'clients list',
  operands: [],
  summary: 'list the clients: registered, by document, and configured',
  options: {
    ...PAGE_OPTIONS,
    unused: { type: 'boolean', help: 'list registrations that nobody has approved only' },
  },
  async run(call) {
    const page = readPageRequest(call)
    const isUnused = call.options['unused'] === true
    const { listing } = await call.openRecords()
    const unreadable = new Unreadable()
    const nowMs = call.now()
    async function* stored() {
      for await (const record of unreadable.skip(listing.list('Client'))) {
        const client = fromRegistration(record, nowMs)
        if (!isUnused || client.usedAt === null) yield [`client:${record.hash}`, client] as const
      }
      if (isUnused) return
      for await (const record of unreadable.skip(listing.list('ClientDocument'))) {
        yield [`document:${record.hash}`, fromDocument(record, nowMs)] as const
      }
    }
    const { items, next } = await selectPage(stored(), page)
    // They are not in the store: the first page begins with them.
    const isFirst = page.after === undefined && !isUnused
    const clients = [...(isFirst ? call.config.clients.map(fromConfiguration) : []), ...items]
    return {
      json: { clients, next: next ?? null, notListed: { ...unreadable } },
      blocks: [
        {
          columns: ['CLIENT ID', 'NAME', 'SOURCE', 'AUTHENTICATION', 'USED', 'EXPIRES'],
          rows: clients.map(({ clientId, name, source, authentication, usedAt, expiresAt }) => [
            clientId,
            name ?? '-',
            source,
            authentication,
            usedAt ?? '-',
            expiresAt ?? '-',
          ]),
        },
        ...describeNext({ items, next }),
        ...unreadable.describe(),
      ],
    }
  },
}

const show: Command = {
  name: 'clients show',
  operands: ['CLIENT_ID'],
  summary: 'show one client, without its secrets',
  options: {},
  async run(call) {
    const records = await call.openRecords()
    const client = await findClient(operandOf(call), {
      configured: call.config.clients,
      records,
      nowMs: call.now(),
    })
    return {
      json: client,
      blocks: [
        {
          fields: [
            ['client id', client.clientId],
            ['name', client.name ?? '-'],
            ['source', client.source],
            ['authentication', client.authentication],
            ['website', client.uri ?? '-'],
            ...client.redirectUris.map((uri) => ['redirect URI', uri] as const),
            ['used', client.usedAt ?? '-'],
            ['expires', client.expiresAt ?? '-'],
          ],
        },
      ],
    }
  },
}

export const CLIENT_COMMANDS = [list, show]
