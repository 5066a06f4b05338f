// The server as an operator starts it, in a process of its own. Tests see its output and its answers.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { generateSigningKeys } from '../../src/crypto/signing-keys.ts'

export interface ServerProcess {
  readonly stdout: string
  readonly stderr: string
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  kill(signal: NodeJS.Signals): void
}

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

interface ProcessOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** No file that it writes can grow beyond this. */
  readonly maxFileBytes?: number
}

/** Runs `node …args`. Its whole environment is `env`: it inherits nothing from the tests. */
export function spawnNode(args: readonly string[], options: ProcessOptions): ServerProcess {
  return spawnProgram(process.execPath, args, options)
}

/** Runs any other program like `spawnNode`. */
export function spawnProgram(
  program: string,
  args: readonly string[],
  options: ProcessOptions,
): ServerProcess {
  const { env, cwd = REPOSITORY, maxFileBytes } = options
  // POSIX: in blocks of 512 bytes.
  const limit = `ulimit -f ${Math.ceil((maxFileBytes ?? 0) / 512)} && exec "$0" "$@"`
  const [command, ...given] =
    maxFileBytes === undefined
      ? ([program, ...args] as const)
      : (['/bin/sh', '-c', limit, program, ...args] as const)
  const child = spawn(command, given, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  // Not 'exit', which can come before the last lines of output.
  const exit = once(child, 'close').then(([code, signal]) => {
    process.off('exit', killAtExit)
    return { code, signal }
  })
  return {
    get stdout() {
      return written.stdout
    },
    get stderr() {
      return written.stderr
    },
    exit,
    kill: (signal) => void child.kill(signal),
  }
}

/** The minimal environment of `npm start`, for a server on `port`. */
export async function serverEnvironment(port: number): Promise<Record<string, string>> {
  return {
    OIDC_ISSUER: `http://localhost:${port}`,
    OIDC_HOST: '127.0.0.1',
    OIDC_PORT: String(port),
    UPSTREAM_ISSUER: 'https://login.example.com',
    UPSTREAM_CLIENT_ID: 'mcp',
    JWKS: JSON.stringify(await generateSigningKeys()),
    SESSION_SECRET: randomBytes(48).toString('base64url'),
    STORE_URL: 'memory:',
    RESOURCES: 'https://mcp.example.com/mcp',
  }
}

const TIMEOUT_MS = 20_000

/** The first answer at `url`. @throws with the output of the process if there is no answer */
export async function firstAnswer(server: ServerProcess, url: string): Promise<Response> {
  let isOver = false
  const ended = server.exit.then(() => {
    isOver = true
  })
  const endsAtMs = performance.now() + TIMEOUT_MS
  while (performance.now() < endsAtMs && !isOver) {
    try {
      return await fetch(url, { signal: AbortSignal.timeout(5000) })
    } catch {
      await Promise.race([sleep(10), ended])
    }
  }
  throw new Error(`no answer at ${url}\n${server.stdout}${server.stderr}`)
}

/** Whether a server accepts connections on the port. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
