import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RECORD_PREFIXES } from '../../../src/records/record-kinds.ts'
import { readTable } from '../../support/storage-document.ts'

// test/integration/record-lifetimes.test.ts checks the lifetimes in the table, store-cost.test.ts the costs.

test('docs/storage.md lists every kind of record, and no others', () => {
  const listed = [...readTable('| kind |').keys()]
  assert.deepEqual(listed.toSorted(), [...RECORD_PREFIXES].toSorted())
})
