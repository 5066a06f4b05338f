import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RECORD_PREFIXES } from '../../../src/records/record-kinds.ts'
import { readText } from '../../support/documents.ts'
import { RIGHTS } from '../../support/redis-backends.ts'
import { readTable } from '../../support/storage-document.ts'

// test/integration/record-lifetimes.test.ts checks the lifetimes in the table, store-cost.test.ts the costs.

test('docs/storage.md lists every kind of record, and no others', () => {
  const listed = [...readTable('| kind |').keys()]
  assert.deepEqual(listed.toSorted(), [...RECORD_PREFIXES].toSorted())
})

// test/integration/store/redis-access.test.ts tries them one by one.
test('docs/storage.md lists the rights that the server needs in Redis, and no others', () => {
  const [, listed = ''] = /^ACL SETUSER .* -@all (.*)$/m.exec(readText('docs/storage.md')) ?? []
  assert.deepEqual(listed.split(' '), RIGHTS)
})
