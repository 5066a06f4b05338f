// xmcp compiles the project test/fixtures/xmcp to a program, which gets its settings from the environment.
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../child.ts'
import { firstAnswer, REPOSITORY, spawnNode } from '../server-process.ts'
import type { StartFramework } from './framework.ts'

const COMPILER = fileURLToPath(import.meta.resolve('xmcp/package.json'))
const PROJECT = 'test/fixtures/xmcp'

export const startXmcp: StartFramework = async ({ port, issuer, resource }) => {
  // The compiler writes into the project, so it works on a copy.
  const directory = await mkdtemp(join(tmpdir(), 'mcp-oidc-xmcp-'))
  for (const path of [PROJECT, 'scripts/dev/token-verifier.ts']) {
    await cp(join(REPOSITORY, path), join(directory, path), { recursive: true })
  }
  await symlink(join(REPOSITORY, 'node_modules'), join(directory, 'node_modules'))
  const cwd = join(directory, PROJECT)
  const build = run(process.execPath, [join(dirname(COMPILER), 'dist/cli.js'), 'build'], {
    cwd,
    // Without this, the compiler reports the build to its maker.
    env: { PORT: String(port), XMCP_TELEMETRY_DISABLED: 'true' },
    deadlineMs: 60_000,
  })
  if ((await build.exit) !== 0) throw new Error(build.output())

  const server = spawnNode(['dist/http.js'], {
    cwd,
    env: { OAUTH_ISSUER_URL: issuer, OAUTH_AUDIENCE: resource },
  })
  async function close() {
    server.kill('SIGKILL')
    await server.exit
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await firstAnswer(server, resource)
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}
