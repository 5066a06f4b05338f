// Nothing that strangers send stays in memory. test/chaos/steady-memory.test.ts is the long form.
import { test } from 'node:test'
import { callbackRoute } from '../../src/http/routes.ts'
import { openSteadyMemoryStage } from '../support/steady-memory.ts'

test('strange requests to every route, and sign-ins, leave nothing in memory', async (t) => {
  const stage = await openSteadyMemoryStage(t)
  // Code is compiled and caches are filled.
  await stage.sendStrangeRequests(1500)
  await stage.signIn(40)
  await stage.assertSteady('3,000 strange requests', 1, () => stage.sendStrangeRequests(3000))
  await stage.assertSteady('3,000 strange callbacks', 1, () =>
    stage.sendStrangeRequests(3000, [callbackRoute('/callback')]),
  )
  await stage.assertSteady('150 sign-ins', 1, () => stage.signIn(150))
})
