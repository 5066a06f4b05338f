// Stores the documents that clients publish, by URL, so that all replicas share them: metadata documents
// and key sets. domain/document-cache.ts decides when to fetch one again.
import type { CachedDocument } from './record-values.ts'
import type { Records } from './records.ts'

export interface DocumentStore {
  find(url: string): Promise<CachedDocument | undefined>
  save(url: string, document: CachedDocument, ttlSeconds: number): Promise<void>
  remove(url: string): Promise<void>
}

export function createDocumentStore(options: {
  records: Records
  kind: 'ClientDocument' | 'ClientKeySet'
}): DocumentStore {
  const { records, kind } = options
  return {
    find: (url) => records.find(kind, url),
    save: (url, document, ttlSeconds) => records.save(kind, url, document, ttlSeconds),
    remove: (url) => records.remove(kind, url),
  }
}
