import { FastMCP } from 'fastmcp'
import { createTokenVerifier } from '../../../scripts/dev/token-verifier.ts'
import type { StartFramework } from './framework.ts'

interface Caller extends Record<string, unknown> {
  readonly sub: unknown
  readonly client_id: string
}

export const startFastmcp: StartFramework = async ({ port, issuer, resource }) => {
  const verifier = createTokenVerifier({ issuer, audience: resource })
  const server = new FastMCP<Caller>({
    name: 'fastmcp',
    version: '1.0.0',
    // A result without a value is a 401 with the URL of the metadata.
    async authenticate({ headers }) {
      const [, token = ''] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
      const verified = await verifier.verifyAccessToken(token).catch(() => undefined)
      return verified && { sub: verified.extra?.['sub'], client_id: verified.clientId }
    },
    oauth: {
      enabled: true,
      protectedResource: {
        resource,
        authorizationServers: [issuer],
        scopesSupported: ['mcp:tools'],
        bearerMethodsSupported: ['header'],
      },
    },
  })
  server.addTool({
    name: 'whoami',
    execute: async (_args, { session }) =>
      JSON.stringify({ sub: session?.sub, client_id: session?.client_id }),
  })
  await server.start({
    transportType: 'httpStream',
    httpStream: { port, host: '127.0.0.1', endpoint: '/mcp' },
  })
  return { close: () => server.stop() }
}
