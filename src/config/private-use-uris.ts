import type { FileSettings } from './file-schema.ts'

/** Of well-known clients, and what the operator adds. */
export function describePrivateUseUris(file: FileSettings): readonly string[] {
  return [...file.knownPrivateUseRedirectUris, ...file.privateUseRedirectUris]
}
