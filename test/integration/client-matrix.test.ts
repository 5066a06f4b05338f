// The clients of docs/clients.md, each with the requests that it really sends.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { clientMatrix } from '../fixtures/client-matrix.ts'
import { ADA } from '../support/journey.ts'
import {
  completeJourney,
  identify,
  type Outcome,
  requestAuthorization,
} from '../support/matrix-journey.ts'
import { type MatrixStage, openMatrixStage } from '../support/matrix-stage.ts'
import { type Result, renderTable } from '../support/matrix-table.ts'

const DOCUMENT = new URL('../../docs/clients.md', import.meta.url)

let stage: MatrixStage
const results: Result[] = []
before(async () => {
  stage = await openMatrixStage(clientMatrix)
})
after(() => stage.close())

for (const row of clientMatrix.filter(({ refused }) => refused === undefined)) {
  test(`${row.client}: reaches a tool call with each redirect URI`, async () => {
    const client = await identify(stage, row)
    const outcomes: Outcome[] = []
    for (const redirectUri of row.redirectUris) {
      const outcome = await completeJourney(stage, row, client, redirectUri)
      assert.equal(outcome.tool['sub'], ADA)
      assert.equal(outcome.tool['client_id'], client.clientId)
      assert.ok(outcome.scope.split(' ').includes('mcp:tools'), outcome.scope)
      outcomes.push(outcome)
    }
    assert.equal(
      new Set(outcomes.map(({ scope }) => scope)).size,
      1,
      'the same scope with every URI',
    )
    results.push({ row, client, outcome: outcomes[0] })
  })
}

for (const row of clientMatrix.filter(({ refused }) => refused !== undefined)) {
  test(`${row.client}: gets an error page without a redirect, since ${row.refused}`, async () => {
    const client = await identify(stage, row)
    for (const redirectUri of row.redirectUris) {
      const answer = await requestAuthorization(stage, row, client, redirectUri)
      assert.equal(answer.status, 400, redirectUri)
      assert.equal(answer.headers.get('location'), null)
      assert.match(answer.body, /unknown address/)
    }
    results.push({ row, client, outcome: undefined })
  })
}

test('docs/clients.md matches what these tests observed', () => {
  const order = results.toSorted(
    (a, b) => clientMatrix.indexOf(a.row) - clientMatrix.indexOf(b.row),
  )
  const table = renderTable(order)
  if (process.env['RENEW_DOCS'] === '1') writeFileSync(DOCUMENT, table)
  const hint = 'regenerate it: RENEW_DOCS=1 npm test -- test/integration/client-matrix.test.ts'
  assert.equal(readFileSync(DOCUMENT, 'utf8'), table, `docs/clients.md is out of date; ${hint}`)
})
