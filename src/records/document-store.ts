// Copies of what clients publish: their metadata documents and key sets, by URL, shared by all
// replicas. When one is fetched anew is domain/document-cache.ts.
import type { CachedDocument } from './record-values.ts'
import type { Records } from './records.ts'

export interface CopyStore {
  find(url: string): Promise<CachedDocument | undefined>
  save(url: string, copy: CachedDocument, ttlSeconds: number): Promise<void>
  remove(url: string): Promise<void>
}

export function createCopyStore(options: {
  records: Records
  kind: 'ClientDocument' | 'ClientKeySet'
}): CopyStore {
  const { records, kind } = options
  return {
    find: (url) => records.find(kind, url),
    save: (url, copy, ttlSeconds) => records.save(kind, url, copy, ttlSeconds),
    remove: (url) => records.remove(kind, url),
  }
}
