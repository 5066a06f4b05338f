// The program of sdk-process.ts, on the official SDK 1.x.
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { runSdkProcess } from './sdk-process.ts'

const clientName = 'Process on SDK 1.x'

await runSdkProcess({
  clientName,
  UnauthorizedError,
  open({ serverUrl, provider, forget, fetch }) {
    const authProvider = { ...provider, invalidateCredentials: forget }
    const transport = new StreamableHTTPClientTransport(serverUrl, { authProvider, fetch })
    const client = new Client({ name: clientName, version: '1.0.0' })
    return {
      connect: () => client.connect(transport),
      finishAuth: (answer) => transport.finishAuth(answer.get('code') ?? ''),
      callTool: (call) => client.callTool(call),
      close: () => client.close(),
    }
  },
})
