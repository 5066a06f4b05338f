// GET for URLs that strangers give us: only https, no redirects, limited in time and size, and only to
// public addresses (docs/requirements.md A16). dialler.ts checks the host and opens the connection.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Duplex } from 'node:stream'
import { BodyTooLarge, readAtMost } from '../bounded-body.ts'
import { DeadlineError, withDeadline } from '../deadline.ts'
import { createAnsweringOrigins } from './answering-origins.ts'
import { createDialler, DialError, type DialStep } from './dialler.ts'
import { createFetchSlots } from './fetch-slots.ts'
import type { OutageWatch } from './outage-watch.ts'
import { siteOf } from './site.ts'
import { parseTargetUrl } from './target-url.ts'

export type FetchFault =
  /** target-url.ts does not accept it. */
  | 'url'
  /** The host has no address, or one that is not public; with a proxy, no public name. */
  | 'address'
  | 'redirect'
  | 'status'
  | 'type'
  | 'too_large'
  | 'not_json'
  | 'timeout'
  | 'network'
  /** Too many fetches at once: fetch-slots.ts. */
  | 'busy'

export class FetchError extends Error {
  override readonly name = 'FetchError'
  readonly fault: FetchFault
  /** The status of the response, if `fault` is `status`. */
  readonly status: number | undefined

  constructor(fault: FetchFault, options: { cause?: unknown; status?: number } = {}) {
    super(fault, { cause: options.cause })
    this.fault = fault
    this.status = options.status
  }
}

export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
  /** For the content type, without its parameters. */
  readonly types: RegExp
}

/** The current step. `answer`: the host has sent the headers of its response. */
type Step = DialStep | 'answer'

interface Transport {
  readonly signal: AbortSignal
  readonly onStep: (step: Step) => void
}

interface Fetched {
  readonly body: Buffer
  readonly headers: IncomingHttpHeaders
}

/** @throws FetchError */
export type GuardedFetch = (url: string, limits: FetchLimits) => Promise<Fetched>

/** Of a response, all its headers together. */
const MAX_HEADER_BYTES = 8 * 1024

/**
 * @param options.privateHosts host names that the operator trusts: their addresses may be private, and their ports any
 * @param options.currentSender who caused the fetch, by network address; unknown senders are one: the empty text
 * @param options.admit counts a fetch that has a slot, or throws; the site is undefined if it is a new one
 */
export function createGuardedFetch(
  options: Omit<Parameters<typeof createDialler>[0], 'privateHosts'> & {
    privateHosts: readonly string[]
    currentSender: () => string
    admit: (site: string | undefined) => Promise<void>
    outages?: OutageWatch
  },
): GuardedFetch {
  const { outages } = options
  const privateHosts = new Set(options.privateHosts.map((host) => host.toLowerCase()))
  const dial = createDialler({ ...options, privateHosts })
  const slots = createFetchSlots()
  const origins = createAnsweringOrigins()

  async function fetch(url: URL, limits: FetchLimits, transport: Transport): Promise<Fetched> {
    const { signal } = transport
    let isReachable = false
    // Also if the deadline passes first.
    signal.addEventListener('abort', () => isReachable || origins.noteUnreachable(url))
    const maxResponseBytes = MAX_HEADER_BYTES + limits.maxBytes
    const target = { hostname: url.hostname, port: Number(url.port || 443), maxResponseBytes }
    const connect = await dial(target, transport).catch(toFetchError)
    if (signal.aborted) throw new FetchError('timeout')
    const createConnection = () =>
      connect().once('secureConnect', () => {
        isReachable = true
      })
    const fetched = await download(url, limits, { ...transport, createConnection })
    origins.noteAnswer(url)
    return fetched
  }

  return async function guardedFetch(given, limits) {
    const url = parseTargetUrl(given, privateHosts)
    if (!url) throw new FetchError('url')
    const { hostname } = url
    const hasAnswered = origins.has(url)
    const freeSlot = slots.take({ hostname, sender: options.currentSender(), hasAnswered })
    if (!freeSlot) throw new FetchError('busy')
    const abort = new AbortController()
    let step: Step = 'check'
    const onStep = (next: Step) => {
      step = next
      if (next === 'answer') outages?.noteAnswer()
    }
    try {
      // With a slot: a fetch that is refused for want of one costs nobody anything.
      await options.admit(hasAnswered ? siteOf(hostname) : undefined)
      const fetching = fetch(url, limits, { signal: abort.signal, onStep })
      return await withDeadline(fetching, limits.timeoutMs)
    } catch (error) {
      if (step !== 'check' && step !== 'answer') outages?.noteFailure({ hostname, step, error })
      if (!(error instanceof DeadlineError)) throw error
      throw new FetchError('timeout', { cause: error })
    } finally {
      abort.abort()
      freeSlot()
    }
  }
}

function toFetchError(error: unknown): never {
  if (error instanceof DialError) throw new FetchError(error.fault, { cause: error.cause })
  throw error
}

function download(
  url: URL,
  limits: FetchLimits,
  transport: Transport & { createConnection: () => Duplex },
): Promise<Fetched> {
  const { signal, createConnection, onStep } = transport
  const headers = {
    host: url.host,
    accept: 'application/json',
    'accept-encoding': 'identity', // a small compressed body could be huge in memory
    'user-agent': 'mcp-oidc-server',
  }
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      const fault = cause instanceof BodyTooLarge ? 'too_large' : 'network'
      reject(cause instanceof FetchError ? cause : new FetchError(fault, { cause }))
    }
    const options = { headers, maxHeaderSize: MAX_HEADER_BYTES, signal, createConnection }
    const request = requestHttps(url, options)
    request.on('error', fail)
    request.once('response', (response) => {
      onStep('answer')
      read(response, limits)
        .then(resolve, fail)
        .finally(() => request.destroy())
    })
    request.end()
  })
}

async function read(response: IncomingMessage, limits: FetchLimits): Promise<Fetched> {
  const { statusCode: status = 0, headers } = response
  if (status >= 300 && status < 400) throw new FetchError('redirect')
  if (status !== 200) throw new FetchError('status', { status })
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
  const encoding = headers['content-encoding'] ?? 'identity'
  if (!limits.types.test(type) || encoding !== 'identity') throw new FetchError('type')
  if (Number(headers['content-length'] ?? 0) > limits.maxBytes) throw new FetchError('too_large')
  return { body: await readAtMost(limits.maxBytes, response), headers }
}
