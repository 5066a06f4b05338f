// The deadline beside a slow body. test/integration/request-deadline.test.ts has the deadline of a slow store.
import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Koa from 'koa'
import { listen } from '../../../../scripts/dev/listen.ts'
import { findAppError } from '../../../../src/errors.ts'
import { requestDeadline } from '../../../../src/http/middleware/request-deadline.ts'

const DEADLINE_MS = 400

/** Answers with the body of the request, or with the code of the error. */
async function start(t: TestContext, workMs: number): Promise<string> {
  const app = new Koa()
  app.use(async (ctx, next) => {
    await next().catch((error: unknown) => {
      ctx.body = findAppError(error)?.code
    })
  })
  app.use(requestDeadline(DEADLINE_MS))
  app.use(async (ctx) => {
    const body = await text(ctx.req)
    await sleep(workMs)
    ctx.body = body
  })
  const { server, port, close } = await listen({ port: 0, host: '127.0.0.1' })
  t.after(close)
  server.on('request', app.callback())
  return `http://127.0.0.1:${port}`
}

/** Posts a body whose second half comes shortly before the second deadline. */
async function postSlowly(url: string): Promise<string> {
  const outgoing = request(url, { method: 'POST' })
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject)
  })
  outgoing.write('whole ')
  await sleep(1.8 * DEADLINE_MS)
  outgoing.end('body')
  return text(await response)
}

test('the time of a request begins anew when its whole body has arrived', async (t) => {
  assert.equal(await postSlowly(await start(t, 0.6 * DEADLINE_MS)), 'whole body')
})

test('work that takes too long after a slow body makes the request overdue', async (t) => {
  assert.equal(await postSlowly(await start(t, 2 * DEADLINE_MS)), 'overdue')
})
