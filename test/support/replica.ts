// A server process on its own port that a test can stop, kill and start again.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
const READY_TIMEOUT_MS = 20_000

type Environment = Readonly<Record<string, string>>

export interface Replica {
  /** `http://127.0.0.1:PORT`: the process itself, not the issuer's origin. */
  readonly url: string
  readonly port: number
  readonly logLines: readonly string[]
  /** Resolves when /readyz answers 200. @param changes to the environment, for this and later starts */
  start(changes?: Environment): Promise<void>
  /** Sends SIGTERM. Resolves with the exit code. */
  stop(): Promise<number | null>
  kill(): Promise<void>
  signal(name: NodeJS.Signals): void
  residentBytes(): Promise<number>
}

export function createReplica(options: { port: number; env: Environment }): Replica {
  const { port } = options
  const url = `http://127.0.0.1:${port}`
  const logLines: string[] = []
  let env = options.env
  let child: ChildProcess | undefined

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return 0
    const closed = once(child, 'close')
    child.kill(signal)
    const [code] = await closed
    return code
  }

  async function waitUntilReady(started: ChildProcess): Promise<void> {
    const endsAtMs = performance.now() + READY_TIMEOUT_MS
    while (started.exitCode === null && performance.now() < endsAtMs) {
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).catch(
        () => undefined,
      )
      if (answer?.status === 200) return
      await sleep(20)
    }
    throw new Error(`not ready on port ${port}:\n${logLines.slice(-20).join('\n')}`)
  }

  return {
    url,
    port,
    logLines,
    async start(changes = {}) {
      env = { ...env, ...changes }
      const started = spawn(process.execPath, ['src/main.ts'], {
        cwd: REPOSITORY,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child = started
      const killAtExit = (): void => void started.kill('SIGKILL')
      process.once('exit', killAtExit)
      started.once('close', () => process.off('exit', killAtExit))
      for (const input of [started.stdout, started.stderr]) {
        createInterface({ input }).on('line', (line) => logLines.push(line))
      }
      await waitUntilReady(started)
    },
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    signal: (name) => void child?.kill(name),
    async residentBytes() {
      const status = await readFile(`/proc/${child?.pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
    },
  }
}
