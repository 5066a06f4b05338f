// An application on an official SDK, in a process of its own: `node sdk-vN-process.ts MCP_URL FILE`. It
// saves its registration and tokens in FILE, and reports each step as a line of JSON, including the URL
// for the person to open. sdk-processes.test.ts acts as the person.
import { readFileSync, writeFileSync } from 'node:fs'
import { openLoopbackRedirect } from '../../scripts/dev/loopback-redirect.ts'
import { createOAuthMemory, type OAuthMemory } from '../../scripts/dev/oauth-memory.ts'
import { createRecordingFetch } from '../../scripts/dev/recording-fetch.ts'

/** One line of output. */
export type Report =
  | { readonly event: 'asks'; readonly url: string }
  | { readonly event: 'called'; readonly tool: string; readonly result: unknown }
  /** `tokenRequests`: the grant type of each token request, and the status of its answer. */
  | { readonly event: 'done'; readonly tokenRequests: readonly string[] }

/** A transport of an SDK, and the client that uses it. */
interface SdkConnection {
  connect(): Promise<void>
  finishAuth(answer: URLSearchParams): Promise<void>
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<object>
  close(): Promise<void>
}

export interface Sdk {
  readonly clientName: string
  readonly UnauthorizedError: abstract new (...args: never[]) => Error
  open(options: {
    serverUrl: URL
    provider: OAuthMemory['provider']
    forget: OAuthMemory['forget']
    fetch: ReturnType<typeof createRecordingFetch>['fetch']
  }): SdkConnection
}

export async function runSdkProcess(sdk: Sdk): Promise<void> {
  const [serverUrl = '', file = ''] = process.argv.slice(2)
  const redirect = await openLoopbackRedirect()
  const { fetch, exchanges } = createRecordingFetch()
  const { clientName } = sdk
  const memory = createOAuthMemory({ redirectUri: redirect.uri, clientName, scope: undefined })
  const { provider, kept, forget } = memory
  keepInFile(memory, file)
  const open = () => sdk.open({ serverUrl: new URL(serverUrl), provider, forget, fetch })

  async function connect(): Promise<SdkConnection> {
    const first = open()
    try {
      await first.connect()
      return first
    } catch (error) {
      if (!(error instanceof sdk.UnauthorizedError) || !kept.authorizationUrl) throw error
    }
    report({ event: 'asks', url: kept.authorizationUrl.href })
    const { searchParams } = await redirect.answer
    if (searchParams.get('state') !== kept.state) throw new Error('the answer has another state')
    await first.finishAuth(searchParams)
    const second = open()
    await second.connect()
    return second
  }

  async function call(connection: SdkConnection, tool: string, args = {}): Promise<void> {
    const { content } = (await connection.callTool({ name: tool, arguments: args })) as {
      content?: { text?: string }[]
    }
    report({ event: 'called', tool, result: JSON.parse(content?.[0]?.text ?? 'null') })
  }

  const connection = await connect()
  await call(connection, 'whoami')
  await call(connection, 'add', { a: 19, b: 23 })
  if (!kept.tokens) throw new Error('connected without tokens')
  provider.saveTokens({ ...kept.tokens, access_token: 'expired' })
  await call(connection, 'whoami')
  await connection.close()
  await redirect.close()
  const tokenRequests = exchanges
    .filter(({ url }) => url.endsWith('/token'))
    .map(({ request, status }) => `${(request as { grant_type: string }).grant_type} ${status}`)
  report({ event: 'done', tokenRequests })
}

function report(line: Report): void {
  console.log(JSON.stringify(line))
}

/** Loads what an earlier process saved in the file, and saves every change. */
function keepInFile({ provider, kept }: OAuthMemory, file: string): void {
  Object.assign(kept, JSON.parse(readFileSync(file, 'utf8')))
  const write = () => {
    const { client, tokens, discovery } = kept
    writeFileSync(file, JSON.stringify({ client, tokens, discovery }), { mode: 0o600 })
  }
  provider.saveClientInformation = (client) => {
    kept.client = client
    write()
  }
  provider.saveTokens = (tokens) => {
    kept.tokens = tokens
    write()
  }
}
