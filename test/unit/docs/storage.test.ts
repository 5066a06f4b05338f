import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RECORD_PREFIXES } from '../../../src/records/record-kinds.ts'
import { readTable } from '../../support/storage-document.ts'

// What its cells say of lifetimes: test/integration/record-lifetimes.test.ts; of costs: store-cost.test.ts.

test('docs/storage.md lists every kind of record, and no other', () => {
  const listed = [...readTable('| kind |').keys()]
  assert.deepEqual(listed.toSorted(), [...RECORD_PREFIXES].toSorted())
})
