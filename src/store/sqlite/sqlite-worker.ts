// The writer thread: owns the connection that writes. sqlite-writer.ts is its other end, in the main thread.
// It imports as little as it can, because the server starts only when it has opened the file.

import type { DatabaseSync } from 'node:sqlite'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { openSqliteDatabase } from './sqlite-database.ts'
import { explainDamage, isBusy } from './sqlite-errors.ts'
import { identifySqliteFile, requireUnchanged, type SqliteFile } from './sqlite-file.ts'
import { createGroupCommit } from './sqlite-group.ts'
import type {
  MessageFromWorker,
  MessageToWorker,
  Outcome,
  PendingWrite,
  WorkerSettings,
} from './sqlite-messages.ts'
import { createSqliteSweeper } from './sqlite-sweeper.ts'
import { threadNowMs } from './thread-clock.ts'

const FIRST_RETRY_MS = 1
const LONGEST_RETRY_MS = 50

if (parentPort !== null) await work(parentPort, workerData)

async function work(port: MessagePort, settings: WorkerSettings): Promise<void> {
  const post = (message: MessageFromWorker): void => port.postMessage(message)
  try {
    const { database, file } = await open(settings)
    serve({ port, post, database, file, path: settings.path })
    post({ kind: 'opened', file })
  } catch (error) {
    post({ kind: 'failed', error })
  }
}

async function open({ path, busyTimeoutMs, file }: WorkerSettings) {
  // The records that the main thread reads are in the file that it has open.
  if (file !== undefined) requireUnchanged(file)
  const isChecked = file !== undefined
  const database = await openSqliteDatabase(path, busyTimeoutMs, { isChecked })
  return { database, file: file ?? identifySqliteFile(path) }
}

function serve(options: {
  port: MessagePort
  post: (message: MessageFromWorker) => void
  database: DatabaseSync
  file: SqliteFile
  path: string
}): void {
  const { port, post, database, path } = options
  const commitGroup = createGroupCommit(options)
  const { sweep } = createSqliteSweeper(options)
  let queue: PendingWrite[] = []
  let retryMs = FIRST_RETRY_MS
  let lockedBy: unknown
  let isScheduled = false
  let isClosing = false

  /** Gives the oldest writes of the queue their outcomes. */
  const answer = (outcomes: readonly Outcome[]): void => {
    if (outcomes.length === 0) return
    queue = queue.slice(outcomes.length)
    retryMs = FIRST_RETRY_MS
    post({ kind: 'outcomes', outcomes })
  }
  const giveUpOverdue = (): void => {
    const nowMs = threadNowMs()
    // Every write has the same time to wait, so the oldest give up first.
    const firstInTime = queue.findIndex(({ giveUpAtMs }) => giveUpAtMs > nowMs)
    const overdue = firstInTime === -1 ? queue.length : firstInTime
    const error = new Error('the write could not begin in time', { cause: lockedBy })
    answer(Array<Outcome>(overdue).fill({ error }))
  }
  const commitQueue = (): void => {
    isScheduled = false
    giveUpOverdue()
    try {
      if (queue.length > 0) answer(commitGroup(queue.map(({ write }) => write)))
      lockedBy = undefined
    } catch (failure) {
      const error = explainDamage(failure, path)
      if (isBusy(failure)) lockedBy = failure
      else answer(queue.map(() => ({ error })))
    }
    if (queue.length > 0) {
      schedule(() => setTimeout(commitQueue, retryMs))
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    } else if (isClosing) end()
  }
  const schedule = (later: () => unknown): void => {
    if (isScheduled) return
    isScheduled = true
    later()
  }
  const end = (): void => {
    database.close()
    port.close()
  }

  port.on('message', (message: MessageToWorker) => {
    switch (message.kind) {
      case 'write':
        queue.push(...message.writes)
        // After the other messages that have arrived: their writes join the group.
        schedule(() => setImmediate(commitQueue))
        break
      case 'sweep':
        sweep(message.limitMs).then(
          () => post({ kind: 'swept' }),
          (error: unknown) => post({ kind: 'swept', error }),
        )
        break
      case 'close':
        isClosing = true
        schedule(() => setImmediate(commitQueue))
        break
    }
  })
}
