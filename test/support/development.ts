// The servers of `npm run dev`, on free ports and with records that are deleted afterwards.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Development,
  type DevelopmentOptions,
  startDevelopment,
} from '../../scripts/dev/start.ts'

export async function openDevelopment(
  options: Partial<Pick<DevelopmentOptions, 'env' | 'serverPort' | 'mcpPort'>> = {},
): Promise<Development & { readonly dataDirectory: string }> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'mcp-oidc-dev-'))
  const development = await startDevelopment({
    serverPort: 0,
    upstreamPort: 0,
    mcpPort: 0,
    ...options,
    dataDirectory,
    pretty: false,
    logLevel: 'silent',
  })
  return {
    ...development,
    dataDirectory,
    async close() {
      await development.close()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}
