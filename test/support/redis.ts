// A redis-server that belongs to one test, which may stop, pause or kill it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findFreePort } from './free-port.ts'

const START_TIMEOUT_MS = 10_000

export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Kills it, even while paused. Its data is lost. To restart, start another one on the same port. */
  stop(): Promise<void>
  /** Stops it from answering. Connections stay open, and the kernel still accepts new ones. */
  pause(): void
  resume(): void
}

interface RedisOptions {
  port?: number
  flags?: readonly (string | number)[]
  /** Lines of a configuration file. It then runs as a Sentinel, which keeps its state in that file. */
  sentinel?: readonly string[]
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { flags = [], sentinel } = options
  const port = options.port ?? (await findFreePort())
  const directory = await mkdtemp(join(tmpdir(), 'redis-'))
  const command = process.env['TEST_REDIS_SERVER'] ?? 'redis-server'
  const configFile = join(directory, 'sentinel.conf')
  if (sentinel) await writeFile(configFile, sentinel.join('\n'))
  const common = ['--port', port, '--bind', '127.0.0.1', '--dir', directory]
  const noFiles = ['--save', '', '--appendonly', 'no']
  const args = sentinel ? [configFile, '--sentinel', ...common] : [...common, ...noFiles, ...flags]
  const child = spawn(command, args.map(String), { stdio: 'ignore' })
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)

  const stop = async (): Promise<void> => {
    process.off('exit', killAtExit)
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    }
    await rm(directory, { recursive: true, force: true })
  }

  try {
    await waitUntilReady(child, port)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    stop,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  }
}

async function waitUntilReady(child: ChildProcess, port: number): Promise<void> {
  const spawned = once(child, 'spawn')
  const exited = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`redis-server exited with code ${code}`)))
  })
  exited.catch(() => {})
  await spawned
  const endsAtMs = Date.now() + START_TIMEOUT_MS
  while (!(await Promise.race([isAnswering(port), exited]))) {
    if (Date.now() > endsAtMs) throw new Error(`redis-server does not answer on port ${port}`)
    await sleep(20)
  }
}

function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()))
    })
    socket.setTimeout(1000, () => socket.destroy())
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}
