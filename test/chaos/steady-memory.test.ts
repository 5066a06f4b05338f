// The long form of test/integration/steady-memory.test.ts.
import { test } from 'node:test'
import { openSteadyMemoryStage } from '../support/steady-memory.ts'

test('50,000 strange requests to every route leave nothing in memory', async (t) => {
  const stage = await openSteadyMemoryStage(t)
  // Code is compiled and caches are filled.
  await stage.sendStrangeRequests(5000)
  await stage.assertSteady('50,000 strange requests', 1.5, () => stage.sendStrangeRequests(50_000))
})

test('5,000 sign-ins leave nothing in memory', async (t) => {
  const stage = await openSteadyMemoryStage(t)
  await stage.signIn(500)
  await stage.assertSteady('5,000 sign-ins', 5, () => stage.signIn(5000))
})
