// A server in a process of its own, as `npm start` runs it, on the core that is kept for it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { pinnedCommand } from './cores.ts'
import { type Inspector, openInspector } from './inspector.ts'
import { cpuMs } from './process-usage.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const START_TIMEOUT_MS = 20_000
const STOP_TIMEOUT_MS = 15_000

export interface ServerUnderTest {
  readonly issuer: string
  readonly pid: number
  /** From the start of the process to its first 200. */
  readonly startMs: number
  readonly startCpuMs: number
  readonly inspector: Inspector | undefined
  close(): Promise<void>
}

export async function startServerUnderTest(options: {
  /** The file that Node runs. */
  script: string
  issuer: string
  env: Readonly<Record<string, string>>
  /** Answered with 200 once the server serves. */
  probePath: string
  /** Starts Node's inspector in the process. */
  isInspected?: boolean
}): Promise<ServerUnderTest> {
  const { script, issuer, env, probePath, isInspected = false } = options
  const inspect = isInspected ? ['--inspect=127.0.0.1:0'] : []
  const [program = '', ...args] = pinnedCommand([process.execPath, ...inspect, script])
  const startedAtMs = performance.now()
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'pipe'] })
  const { pid = 0 } = child
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  let errors = ''
  const inspectorUrl = Promise.withResolvers<string>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    const url = /Debugger listening on (ws:\S+)/.exec(line)?.[1]
    if (url) inspectorUrl.resolve(url)
    else errors += `${line}\n`
  })

  const close = async (): Promise<void> => {
    process.off('exit', killAtExit)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill('SIGTERM')
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await ended
    clearTimeout(killer)
  }

  const endsAtMs = startedAtMs + START_TIMEOUT_MS
  while (!(await isServing(issuer + probePath))) {
    if (child.exitCode === null && performance.now() < endsAtMs) continue
    await close()
    throw new Error(`${script} does not serve ${issuer}${probePath}\n${errors}`)
  }
  const startMs = performance.now() - startedAtMs
  const startCpuMs = cpuMs(pid)
  const inspector = isInspected ? await openInspector(await inspectorUrl.promise) : undefined
  return {
    issuer,
    pid,
    startMs,
    startCpuMs,
    inspector,
    async close() {
      inspector?.close()
      await close()
    },
  }
}

async function isServing(url: string): Promise<boolean> {
  try {
    const { status, body } = await fetch(url, { signal: AbortSignal.timeout(5000) })
    await body?.cancel()
    return status === 200
  } catch {
    await sleep(5)
    return false
  }
}
