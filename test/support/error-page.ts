// The rules that every error page of the server follows, whatever went wrong.
import assert from 'node:assert/strict'
import { parse } from 'node-html-parser'
import type { Answer } from './send.ts'

/**
 * Asserts an HTML page that says what to do next and where the documents help, shows a reference that is also in the log,
 * and reveals no internals.
 */
export function assertErrorPage(
  answer: Pick<Answer, 'status' | 'headers' | 'body'>,
  server: { readonly logLines: readonly string[] },
  label?: string,
): void {
  const { headers, body } = answer
  assert.ok(answer.status >= 400, label)
  assert.match(headers.get('content-type') ?? '', /^text\/html/, label)
  assert.equal(headers.get('location'), null, label)
  assert.match(body, /<ul class="steps">\n<li>/, label)
  const reference = headers.get('x-request-id') ?? ''
  assert.match(reference, /^[\da-f]{10}$/, label)
  assert.ok(body.includes(`<code>${reference}</code>`), `${label}: the page shows its reference`)
  const { text } = parse(body, { blockTextElements: {} }).querySelector('pre.support') ?? {}
  assert.match(text ?? '', new RegExp(`^Reference: ${reference}$`, 'm'), label)
  assert.match(text ?? '', /^Help: docs\/troubleshooting\.md#[a-z-]+$/m, label)
  assertNoInternals(body, label)
  const line = server.logLines.find((text) => JSON.parse(text).requestId === reference)
  assert.ok(line, `${label}: the log has the reference`)
}

export function assertNoInternals(body: string, label?: string): void {
  assert.doesNotMatch(body, /\bat \S+ \(|node_modules|\.(ts|js):\d|Error:/, label)
}
