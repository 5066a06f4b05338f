// Stores the documents that clients publish, by URL, so that all replicas share them: metadata documents
// and key sets. domain/document-cache.ts decides when to fetch one again.
import type { Records } from './records.ts'

export interface CachedDocument {
  /** The JSON value as it was published. */
  readonly value: unknown
  readonly fetchedAtMs: number
  readonly freshUntilMs: number
  /** When its URL first answered 404 or 410 after that fetch. */
  readonly missingSinceMs?: number
}

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
    // Cast: `save` is the only writer of these kinds.
    find: async (url) => (await records.find(kind, url)) as CachedDocument | undefined,
    save: (url, document, ttlSeconds) => records.save(kind, url, document, ttlSeconds),
    remove: (url) => records.remove(kind, url),
  }
}
