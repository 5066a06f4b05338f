import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { createLogger } from '../../src/log.ts'

test('an error is logged with its message, code and cause, without properties that libraries add', () => {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const cause = Object.assign(new Error('inner'), { code: 'E_INNER', response: 'secret-response' })
  const err = Object.assign(new Error('outer', { cause }), { token: 'secret-token' })
  createLogger({ level: 'info', destination }).error({ err }, 'failed')
  const line = JSON.parse(lines.join(''))
  assert.equal(line.level, 'error')
  assert.equal(line.err.message, 'outer')
  assert.deepEqual([line.err.cause.message, line.err.cause.code], ['inner', 'E_INNER'])
  assert.doesNotMatch(lines.join(''), /secret-/)
})
