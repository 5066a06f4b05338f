// The program of sdk-process.ts, on the official SDK 2.x.
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { runSdkProcess } from './sdk-process.ts'

const clientName = 'Process on SDK 2.x'

await runSdkProcess({
  clientName,
  UnauthorizedError,
  open({ serverUrl, provider, forget, fetch }) {
    const authProvider = { ...provider, invalidateCredentials: forget }
    const transport = new StreamableHTTPClientTransport(serverUrl, { authProvider, fetch })
    const client = new Client({ name: clientName, version: '1.0.0' })
    return {
      connect: () => client.connect(transport),
      finishAuth: (answer) => transport.finishAuth(answer),
      callTool: (call) => client.callTool(call),
      close: () => client.close(),
    }
  },
})
