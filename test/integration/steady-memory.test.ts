// Nothing that strangers send stays in memory. test/chaos/steady-memory.test.ts is the long form.
import { test } from 'node:test'
import { callbackRoute } from '../../src/http/routes.ts'
import { openSteadyMemoryStage } from '../support/steady-memory.ts'

test('strange requests to every route, and sign-ins, leave nothing in memory', async (t) => {
  const stage = await openSteadyMemoryStage()
  t.after(stage.close)
  // Code is compiled and caches are filled.
  await stage.sendStrangeRequests(1000)
  await stage.signIn(50)
  await stage.assertSteady(t, '2,000 strange requests', 1, () => stage.sendStrangeRequests(2000))
  // A cookie name that is kept for each of them takes 1.1 KB.
  await stage.assertSteady(t, '2,000 strange callbacks', 1, () =>
    stage.sendStrangeRequests(2000, [callbackRoute('/callback')]),
  )
  // The cookie names of a sign-in take 12.5 KB.
  await stage.assertSteady(t, '150 sign-ins', 1.8, () => stage.signIn(150))
})
