// Whatever the rules, the person and the request: no scope from outside the rules is in a token, and a token with one is not
// issued.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createReleasedClaims } from '../../../../src/domain/access/released-claims.ts'
import { isOidcScope } from '../../../../src/oauth/scopes.ts'
import { createTokenIssuance } from '../../../../src/provider/tokens/token-issuance.ts'
import { CRM, policyOf, readRules, WIKI } from '../../../support/access-rules.ts'
import { mixed, scopes, subject } from '../../../support/arbitrary-rules.ts'
import { resourceServersOf } from '../../../support/resource-servers.ts'

const GRANT = 'grant-1'

function openStage(rules: readonly unknown[], requested: readonly string[]) {
  const ended: object[] = []
  const issuance = createTokenIssuance({
    accessPolicy: policyOf(rules),
    servers: resourceServersOf(CRM, WIKI),
    releasedClaims: createReleasedClaims({ scopeClaims: {} }),
    endAccess: async (source) => void ended.push(source),
    onTokenIssued() {},
    onAccessRefused() {},
  })
  const scope = requested.length > 0 ? { scope: requested.join(' ') } : {}
  const ctx = {
    oidc: {
      params: { grant_type: 'refresh_token', ...scope },
      client: { clientId: 'c', grantTypeAllowed: () => true },
    },
  }
  return { issuance, ended, ctx: ctx as unknown as KoaContextWithOIDC }
}

test('a token has scopes that were granted, that were asked for, and that a rule about its MCP server allows', async () => {
  const resource = fc.constantFrom(CRM, WIKI)
  let issued = 0
  await fc.assert(
    fc.asyncProperty(
      mixed,
      subject,
      resource,
      scopes,
      scopes,
      scopes,
      async (rules, who, uri, granted, asked, given) => {
        const { issuance, ended, ctx } = openStage(rules, asked)
        const token = { accountId: 'person-1', aud: uri, scope: given.join(' '), grantId: GRANT }
        const source = { grantId: GRANT, resource: uri, scopes: granted }
        const { mayUse, mayHave } = readRules(rules, who, uri)
        const admitting = issuance.admit(ctx, { sub: 'person-1', ...who }, source)
        const failure = await admitting.then(() => undefined).catch((error: Error) => error.message)
        if (failure !== undefined) {
          assert.equal(failure, ended.length === 1 ? 'invalid_grant' : 'invalid_scope')
          assert.throws(() => issuance.complete(ctx, token), /not admitted/)
          return
        }
        assert.ok(mayUse)
        const isRight = (scope: string) =>
          granted.includes(scope) &&
          (asked.length === 0 || asked.includes(scope)) &&
          (isOidcScope(scope) || mayHave(scope))
        assert.deepEqual([...issuance.admittedScopes(ctx)], granted.filter(isRight))
        if (!given.every(isRight)) {
          assert.throws(() => issuance.complete(ctx, token), /differs/)
          return
        }
        assert.ok(issuance.complete(ctx, token))
        issued += given.filter((scope) => !isOidcScope(scope)).length
      },
    ),
    { numRuns: 1000 },
  )
  assert.ok(issued > 5, `${issued} scopes were in tokens`)
})
