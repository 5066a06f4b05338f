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

function createRecorder(level = 'info') {
  const lines: string[] = []
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } })
  return { logger, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> }
}

test('a warning or an error that docs/troubleshooting.md explains names its section', () => {
  const { logger, last } = createRecorder()
  const child = logger.child({ requestId: 'r1' })
  child.warn({ reason: 'x' }, 'the store cannot be used')
  assert.equal(last()['hint'], 'docs/troubleshooting.md#storage-unreachable')
  assert.deepEqual([last()['requestId'], last()['reason']], ['r1', 'x'])
  logger.error('the store was emptied: clients have to register and people to sign in again')
  assert.equal(last()['hint'], 'docs/troubleshooting.md#emptied-store')
  assert.match(String(last()['msg']), /^the store was emptied/)
})

test('a line without a section, or below a warning, has no hint', () => {
  const { logger, last } = createRecorder()
  logger.warn({ a: 1 }, 'constructor')
  assert.ok(!('hint' in last()))
  logger.info('the store cannot be used')
  assert.ok(!('hint' in last()))
  logger.warn({ a: 1 })
  assert.ok(!('hint' in last()))
})

test('the hint that a caller gives wins', () => {
  const { logger, last } = createRecorder()
  logger.warn({ hint: 'own' }, 'the store has trouble')
  assert.equal(last()['hint'], 'own')
})
