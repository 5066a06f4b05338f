// Counts the transactions in the write-ahead log of an SQLite file: https://www.sqlite.org/fileformat2.html#walformat
import { readFileSync } from 'node:fs'

const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24

/** How many transactions were committed since the log was last written from its beginning. */
export function countCommits(path: string): number {
  const log = readFileSync(`${path}-wal`)
  if (log.length < HEADER_BYTES) return 0
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8)
  const salts = log.subarray(16, 24)
  let commits = 0
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    // A frame with other salts is left from before.
    if (!log.subarray(at + 8, at + 16).equals(salts)) break
    const isLastOfCommit = log.readUInt32BE(at + 4) > 0
    if (isLastOfCommit) commits += 1
  }
  return commits
}
