// The main thread's end of the writer thread: sends it the writes of a turn of the event loop in one message,
// and starts it again if it dies.

import { getCompileCacheDir } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { SqliteFile } from './sqlite-file.ts'
import type {
  MessageFromWorker,
  MessageToWorker,
  Outcome,
  PendingWrite,
  WorkerSettings,
  Write,
  WriteResult,
} from './sqlite-messages.ts'
import { threadNowMs } from './thread-clock.ts'

/** A compiled release has `.js` files. */
const WORKER_FILE = join(import.meta.dirname, `sqlite-worker${extname(import.meta.filename)}`)
const FIRST_RESTART_MS = 100
const LONGEST_RESTART_MS = 10_000

export interface SqliteWriter {
  /** The file that the thread has open. */
  readonly file: SqliteFile
  /** Resolves when the write is committed. If it rejects, the write has not happened, unless the thread died. */
  write(write: Write): Promise<WriteResult>
  /** Deletes the records that expired by then, in the background, unless the last sweep still runs. */
  sweep(limitMs: number): void
  /** @throws while there is no thread */
  requireRunning(): void
  /** Finishes the writes, and ends the thread. */
  close(): Promise<void>
}

interface Caller {
  resolve(result: WriteResult): void
  reject(error: unknown): void
}

export async function openSqliteWriter(options: {
  path: string
  /** How long a write waits for its transaction to begin: for the writes before it, and for the file's lock. */
  busyTimeoutMs: number
  /** Called for faults outside of a write: a failed sweep, a thread that died. */
  onError: (error: Error) => void
}): Promise<SqliteWriter> {
  const { path, busyTimeoutMs, onError } = options
  /** Of the writes that have no outcome yet, oldest first. */
  const callers: Caller[] = []
  let outbox: PendingWrite[] = []
  let isRunning = false
  let isSweeping = false
  let isClosing = false
  let restartMs = FIRST_RESTART_MS
  let restart: NodeJS.Timeout | undefined
  let file: SqliteFile | undefined

  const post = (message: MessageToWorker): void => thread.worker.postMessage(message)
  const flush = (): void => {
    if (outbox.length === 0) return
    post({ kind: 'write', writes: outbox })
    outbox = []
  }
  const settle = (outcomes: readonly Outcome[]): void => {
    for (const [n, caller] of callers.splice(0, outcomes.length).entries()) {
      const outcome = outcomes[n]
      if (outcome !== undefined && 'result' in outcome) caller.resolve(outcome.result)
      else caller.reject(outcome?.error)
    }
    restartMs = FIRST_RESTART_MS
  }
  const startAgain = (cause: unknown): void => {
    const fault = 'the thread that writes to the SQLite file ended, and is started again'
    onError(new Error(fault, { cause }))
    restart = setTimeout(() => {
      thread = startThread({ path, busyTimeoutMs, file }, handlers)
    }, restartMs).unref()
    restartMs = Math.min(restartMs * 2, LONGEST_RESTART_MS)
  }
  const handlers: ThreadHandlers = {
    onOpened(opened) {
      file = opened
      isRunning = true
      // Like an open file, it does not keep the process alive. A pending write does: the guard has a timer for it.
      thread.worker.unref()
    },
    onOutcomes: settle,
    onSwept(error) {
      isSweeping = false
      if (error !== undefined) onError(asError(error))
    },
    onEnded(cause) {
      isRunning = false
      isSweeping = false
      outbox = []
      for (const { reject } of callers.splice(0)) reject(cause)
      if (file !== undefined && !isClosing) startAgain(cause)
    },
  }

  let thread = startThread({ path, busyTimeoutMs, file }, handlers)
  return {
    file: await thread.opened,
    write(write) {
      const { promise, resolve, reject } = Promise.withResolvers<WriteResult>()
      if (!isRunning) {
        reject(notRunning())
        return promise
      }
      // Once the events that have arrived are handled: their writes go in the same message.
      if (outbox.length === 0) setImmediate(flush)
      callers.push({ resolve, reject })
      outbox.push({ write, giveUpAtMs: threadNowMs() + busyTimeoutMs })
      return promise
    },
    sweep(limitMs) {
      if (!isRunning || isSweeping) return
      isSweeping = true
      post({ kind: 'sweep', limitMs })
    },
    requireRunning() {
      if (!isRunning) throw notRunning()
    },
    async close() {
      isClosing = true
      isRunning = false
      clearTimeout(restart)
      flush()
      thread.worker.ref()
      post({ kind: 'close' })
      await thread.ended
    },
  }
}

interface Thread {
  readonly worker: Worker
  readonly opened: Promise<SqliteFile>
  readonly ended: Promise<void>
}

interface ThreadHandlers {
  onOpened(file: SqliteFile): void
  onOutcomes(outcomes: readonly Outcome[]): void
  onSwept(error: unknown): void
  onEnded(cause: unknown): void
}

function startThread(settings: WorkerSettings, handlers: ThreadHandlers): Thread {
  const cache = getCompileCacheDir()
  const worker = new Worker(WORKER_FILE, {
    workerData: settings,
    // Compiling its code is half of its start. The last folder is the version of Node, which Node adds itself.
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) },
    // Options of the command line, such as --eval, are meant for the main thread.
    execArgv: [],
  })
  const opened = Promise.withResolvers<SqliteFile>()
  const ended = Promise.withResolvers<void>()
  // Only the first start is awaited.
  opened.promise.catch(() => {})
  let cause: unknown = new Error('the thread that writes to the SQLite file ended')
  worker.on('message', (message: MessageFromWorker) => {
    switch (message.kind) {
      case 'opened':
        handlers.onOpened(message.file)
        opened.resolve(message.file)
        break
      case 'failed':
        cause = message.error
        break
      case 'outcomes':
        handlers.onOutcomes(message.outcomes)
        break
      case 'swept':
        handlers.onSwept(message.error)
        break
    }
  })
  worker.on('error', (error) => {
    cause = error
  })
  worker.on('exit', () => {
    handlers.onEnded(cause)
    opened.reject(cause)
    ended.resolve()
  })
  return { worker, opened: opened.promise, ended: ended.promise }
}

function notRunning(): Error {
  return new Error('the thread that writes to the SQLite file is not running')
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the sweep failed', { cause: error })
}
