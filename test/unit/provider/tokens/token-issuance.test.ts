// What holds for a grant type of the future too, whatever it does: no token that was not admitted as it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { createReleasedClaims } from '../../../../src/domain/access/released-claims.ts'
import { createTokenIssuance } from '../../../../src/provider/tokens/token-issuance.ts'
import { referToGrant } from '../../../../src/records/grant-store.ts'
import { policyOf } from '../../../support/access-rules.ts'
import { resourceServersOf } from '../../../support/resource-servers.ts'

const RESOURCE = 'https://mcp.example.com/crm'
const OTHER = 'https://mcp.example.com/wiki'
const ACCOUNT = { sub: 'person-1', claims: {} }
const SOURCE = { grantId: 'grant-1', resource: RESOURCE, scopes: ['openid', 'mcp:tools'] }
const TOKEN = { accountId: 'person-1', aud: RESOURCE, scope: 'mcp:tools', grantId: 'grant-1' }

function openStage(options: { rules?: unknown[]; grantTypes?: string[]; client?: object } = {}) {
  const { rules = [], grantTypes = ['future'], client } = options
  const ended: object[] = []
  const issued: object[] = []
  const issuance = createTokenIssuance({
    accessPolicy: policyOf(rules),
    servers: resourceServersOf(RESOURCE, OTHER),
    releasedClaims: createReleasedClaims({ scopeClaims: {} }),
    endAccess: async (source) => void ended.push(source),
    onTokenIssued: (_ctx, event) => void issued.push(event),
    onAccessRefused() {},
  })
  const grantTypeAllowed = (type: string) => grantTypes.includes(type)
  const ctx = {
    oidc: {
      params: { grant_type: 'future' } as Record<string, unknown>,
      client: { clientId: 'c', grantTypeAllowed, ...client },
    },
  }
  return {
    issuance,
    ended,
    issued,
    params: ctx.oidc.params,
    ctx: ctx as unknown as KoaContextWithOIDC,
  }
}

test('a grant type that did not ask gets neither scopes nor claims for a token', () => {
  const { issuance, ctx, issued } = openStage()
  assert.throws(() => issuance.admittedScopes(ctx), /not admitted/)
  assert.throws(() => issuance.complete(ctx, TOKEN), /not admitted/)
  assert.deepEqual(issued, [])
})

test('a token as it was admitted is completed with the reference to its grant', async () => {
  const { issuance, ctx, issued } = openStage()
  await issuance.admit(ctx, ACCOUNT, SOURCE)
  assert.deepEqual(issuance.complete(ctx, TOKEN), { grant_ref: referToGrant('grant-1') })
  assert.equal(issued.length, 1)
})

for (const [name, change] of Object.entries({
  'for another account': { accountId: 'person-2' },
  'for another audience': { aud: OTHER },
  'for two audiences': { aud: [RESOURCE, OTHER] },
  'with a scope that was not granted': { scope: 'mcp:tools email' },
  'of another grant': { grantId: 'grant-2' },
  'without a grant': { grantId: undefined },
})) {
  test(`a token ${name} than was admitted is not issued`, async () => {
    const { issuance, ctx, issued } = openStage()
    await issuance.admit(ctx, ACCOUNT, SOURCE)
    assert.throws(() => issuance.complete(ctx, { ...TOKEN, ...change }), /differs/)
    assert.deepEqual(issued, [])
  })
}

test('a client that may not use the grant type is refused, and nothing ends', async () => {
  const { issuance, ctx, ended } = openStage({ grantTypes: ['authorization_code'] })
  await assert.rejects(issuance.admit(ctx, ACCOUNT, SOURCE), { message: 'unauthorized_client' })
  assert.deepEqual(ended, [])
})

test('a client that always uses DPoP gets no token without a key (RFC 9449 §5.2)', async () => {
  const { issuance, ctx } = openStage({ client: { dpopBoundAccessTokens: true } })
  await issuance.admit(ctx, ACCOUNT, SOURCE)
  assert.throws(() => issuance.complete(ctx, TOKEN), /DPoP/)
  assert.ok(issuance.complete(ctx, { ...TOKEN, jkt: 'thumbprint' }))
})

test('a resource that was not granted is refused before anything is used up, and nothing ends', async () => {
  const { issuance, ctx, params, ended } = openStage()
  params['resource'] = OTHER
  await assert.rejects(issuance.admit(ctx, ACCOUNT, SOURCE), { message: 'invalid_target' })
  assert.deepEqual(ended, [])
})

test('of several granted resources the request must name one', async () => {
  const { issuance, ctx, params } = openStage()
  const source = { ...SOURCE, resource: [RESOURCE, OTHER] }
  await assert.rejects(issuance.admit(ctx, ACCOUNT, source), { message: 'invalid_target' })
  params['resource'] = [RESOURCE, OTHER]
  await assert.rejects(issuance.admit(ctx, ACCOUNT, source), { message: 'invalid_target' })
  params['resource'] = OTHER
  await issuance.admit(ctx, ACCOUNT, source)
  assert.ok(issuance.complete(ctx, { ...TOKEN, aud: OTHER }))
})

for (const [name, rules, isEverywhere] of [
  ['nothing else', [{ name: 'nobody', when: { email: 'nobody@example.com' } }], true],
  ['another MCP server', [{ name: 'wiki', resources: [OTHER] }], false],
] as const) {
  test(`an account that may use ${name} is refused, and everything ends: ${isEverywhere}`, async () => {
    const { issuance, ctx, ended } = openStage({ rules: [...rules] })
    await assert.rejects(issuance.admit(ctx, ACCOUNT, SOURCE), { message: 'invalid_grant' })
    assert.deepEqual(ended, [{ account: ACCOUNT, grantId: 'grant-1', isEverywhere }])
  })
}
