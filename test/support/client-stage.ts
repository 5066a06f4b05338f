// The setting of most tests: one server, and one client that is registered there. Both serve all tests of a file.
import { after } from 'node:test'
import { type Client, register } from './journey.ts'
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts'

export interface ClientStage {
  readonly server: TestServer
  readonly client: Client
}

/**
 * For the top level of a test file. The server is closed after the last test.
 * @param options.metadata of the client, besides what `register` sends
 */
export async function openClientStage(
  options: TestServerOptions & { readonly metadata?: Readonly<Record<string, unknown>> } = {},
): Promise<ClientStage> {
  const { metadata, ...serverOptions } = options
  const server = await startTestServer(serverOptions)
  after(() => server.close())
  return { server, client: await register(server.issuer, metadata) }
}
