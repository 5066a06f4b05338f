import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../../../src/errors.ts'
import { logDocumentFault } from '../../../../src/http/middleware/request-log.ts'

test('the warning about a client document names the section of its fault', () => {
  const lines: Record<string, unknown>[] = []
  const warn = (fields: Record<string, unknown>) => void lines.push(fields)
  const logFault = logDocumentFault({ warn } as unknown as Parameters<typeof logDocumentFault>[0])
  logFault('https://app.example/client.json', new AppError('client_document_refused'))
  logFault('https://app.example/client.json', new AppError('client_keys_unavailable'))
  assert.deepEqual(
    lines.map(({ host, hint }) => [host, hint]),
    [
      ['app.example', 'docs/troubleshooting.md#client-metadata-refused'],
      ['app.example', 'docs/troubleshooting.md#client-metadata-unreachable'],
    ],
  )
})
