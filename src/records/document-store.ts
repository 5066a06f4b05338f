// Copies of what clients publish: their metadata documents and key sets, by URL, shared by all
// replicas. When one is fetched anew is domain/document-cache.ts.
import type { Records } from './records.ts'

export interface Copy {
  /** The JSON as it was published. */
  readonly value: unknown
  readonly fetchedAtMs: number
  readonly freshUntilMs: number
  /** When its address answered 404 for the first time since then. */
  readonly missingSinceMs?: number
}

export interface CopyStore {
  find(url: string): Promise<Copy | undefined>
  save(url: string, copy: Copy, ttlSeconds: number): Promise<void>
  remove(url: string): Promise<void>
}

export function createCopyStore(options: {
  records: Records
  kind: 'ClientDocument' | 'ClientKeySet'
}): CopyStore {
  const { records, kind } = options
  return {
    find: async (url) => (await records.find(kind, url)) as Copy | undefined,
    save: (url, copy, ttlSeconds) => records.save(kind, url, copy, ttlSeconds),
    remove: (url) => records.remove(kind, url),
  }
}
