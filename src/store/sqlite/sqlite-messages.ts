// The messages between the main thread and the writer thread (sqlite-worker.ts). The writer thread reads no
// clock except to give up in time, so every time here is the main thread's.

import type { SqliteFile } from './sqlite-file.ts'

/** A statement that changes one record, atomic by itself. */
export type Write =
  | { kind: 'set'; key: string; value: string; expiresAtMs: number }
  | { kind: 'create'; key: string; value: string; expiresAtMs: number; nowMs: number }
  | {
      kind: 'replace'
      key: string
      expected: string
      value: string
      expiresAtMs: number
      nowMs: number
    }
  | { kind: 'remove'; key: string; expected: string; nowMs: number }
  | { kind: 'take'; key: string; nowMs: number }
  | { kind: 'delete'; key: string }

export interface PendingWrite {
  readonly write: Write
  /** By thread-clock.ts. A write whose transaction has not begun by then never happens. */
  readonly giveUpAtMs: number
}

/** Of a committed write: the value that `take` took, and for the others whether they changed anything. */
export type WriteResult = string | boolean | undefined

/** Either the result of a committed write, or why the write did not happen. */
export type Outcome = { readonly result: WriteResult } | { readonly error: unknown }

export interface WorkerSettings {
  readonly path: string
  /** How long opening waits while another process has locked the file. */
  readonly busyTimeoutMs: number
  /** The file that the store was opened on, if this worker replaces one that died. */
  readonly file: SqliteFile | undefined
}

export type MessageToWorker =
  | { readonly kind: 'write'; readonly writes: readonly PendingWrite[] }
  /** Delete what expired before `limitMs`, and give the space back. */
  | { readonly kind: 'sweep'; readonly limitMs: number }
  /** Finish the writes, close the database and end the thread. */
  | { readonly kind: 'close' }

export type MessageFromWorker =
  | { readonly kind: 'opened'; readonly file: SqliteFile }
  /** The database could not be opened. The thread ends. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Of the oldest writes that have no outcome yet, in their order. */
  | { readonly kind: 'outcomes'; readonly outcomes: readonly Outcome[] }
  /** The sweep has ended; with an error if it did not finish. */
  | { readonly kind: 'swept'; readonly error?: unknown }
