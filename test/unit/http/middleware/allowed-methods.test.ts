import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from 'koa'
import { AppError } from '../../../../src/errors.ts'
import { allowedMethods } from '../../../../src/http/middleware/allowed-methods.ts'
import { ROUTES, type Route } from '../../../../src/http/routes.ts'

/** The fault of a request for `route`, or undefined if the router and the engine get it. */
async function faultOf(route: Route | undefined, method: string) {
  const headers: Record<string, string> = {}
  const set = (name: string, value: string) => Object.assign(headers, { [name]: value })
  const ctx = { method, state: { route }, set } as unknown as Context
  try {
    await allowedMethods()(ctx as Parameters<ReturnType<typeof allowedMethods>>[0], async () => {})
    return undefined
  } catch (error) {
    assert.ok(error instanceof AppError)
    return { code: error.code, ...headers }
  }
}

test('a path that is not in the table of routes reaches neither the router nor the engine', async () => {
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
    assert.deepEqual(await faultOf(undefined, method), { code: 'not_found' })
  }
})

test('a method that is not in the table of routes reaches neither the router nor the engine', async () => {
  assert.equal(await faultOf(ROUTES.authorization, 'POST'), undefined)
  const refused = { code: 'method_not_allowed', Allow: 'GET, POST' }
  assert.deepEqual(await faultOf(ROUTES.authorization, 'HEAD'), refused)
})
