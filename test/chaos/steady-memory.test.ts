// Nothing that strangers send stays in memory.
import { after, before, test } from 'node:test'
import { openSteadyMemoryStage, type SteadyMemoryStage } from '../support/steady-memory.ts'

let stage: SteadyMemoryStage
before(async () => {
  stage = await openSteadyMemoryStage()
  // Code is compiled and caches are filled.
  await stage.sendStrangeRequests(3000)
  await stage.signIn(200)
})
after(() => stage.close())

test('50,000 strange requests to every route leave nothing in memory', (t) =>
  stage.assertSteady(t, '50,000 strange requests', 1.5, () => stage.sendStrangeRequests(50_000)))

// In parts, because a single test has a time limit.
for (let thousands = 1; thousands <= 5; thousands += 1) {
  test(`sign-ins leave nothing in memory: ${thousands},000 of 5,000`, (t) =>
    stage.assertSteady(t, '1,000 sign-ins', 3, () => stage.signIn(1000)))
}
