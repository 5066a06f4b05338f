// Forged and misused refresh tokens. None may yield tokens, and none may end the grant of its owner. The orders
// of theft are in test/integration/refresh-chain-theft.test.ts.
import { after, before } from 'node:test'
import { outcomeOf, testAttacks } from '../support/attack.ts'
import { type Client, logIn, postToken, refresh, register } from '../support/journey.ts'
import { basic, form, send } from '../support/send.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let victim: { client: Client; tokens: Record<string, unknown> }
let other: { client: Client; tokens: Record<string, unknown> }
let confidential: Client
before(async () => {
  server = await startTestServer()
  const parameters = { scope: 'openid mcp:tools' }
  victim = await logIn(server.issuer, { parameters })
  other = await logIn(server.issuer, { parameters })
  confidential = await register(server.issuer, {
    token_endpoint_auth_method: 'client_secret_basic',
  })
})
after(() => server.close())

const [FAMILY, COUNTER, MAC] = [0, 1, 2]
const partOf = (tokens: Record<string, unknown>, part: number) =>
  String(tokens['refresh_token']).split('.')[part] ?? ''
const rebuild = (changes: { family?: string; counter?: string; mac?: string }) =>
  [
    changes.family ?? partOf(victim.tokens, FAMILY),
    changes.counter ?? partOf(victim.tokens, COUNTER),
    changes.mac ?? partOf(victim.tokens, MAC),
  ].join('.')

/** The same bytes in base64url: the last character of 43 has two unused bits. */
function respell(text: string): string {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = ALPHABET.indexOf(text.at(-1) ?? '')
  return text.slice(0, -1) + ALPHABET[last ^ 1]
}

/** The attack, then the owner's own refresh. */
const thenOwner = async (attack: string) => {
  const { client, tokens } = victim
  const answer = await refresh(server.issuer, client, tokens['refresh_token'])
  if (answer.status === 200) victim = { client, tokens: { ...tokens, ...answer.body } }
  return `${attack}, owner ${outcomeOf(answer)}`
}

testAttacks<() => string>({
  guarantee: 'a forged refresh token yields nothing and leaves the grant alive',
  run: async (token) => thenOwner(outcomeOf(await refresh(server.issuer, victim.client, token()))),
  honest: () => String(victim.tokens['refresh_token']),
  control: '200, owner 200',
  refusal: '400 invalid_grant, owner 200',
  attacks: {
    'the next counter': () => rebuild({ counter: String(Number(partOf(victim.tokens, 1)) + 1) }),
    'a high counter': () => rebuild({ counter: '4294967295' }),
    'a counter with a leading zero': () => rebuild({ counter: `0${partOf(victim.tokens, 1)}` }),
    'a counter with a sign': () => rebuild({ counter: `+${partOf(victim.tokens, 1)}` }),
    'a negative counter': () => rebuild({ counter: '-1' }),
    'a counter with an exponent': () => rebuild({ counter: '1e0' }),
    'a counter in hexadecimal': () => rebuild({ counter: '0x1' }),
    'a counter of another script': () => rebuild({ counter: '٣' }),
    'a counter with a newline': () => rebuild({ counter: `${partOf(victim.tokens, 1)}\n` }),
    'the MAC of another family': () => rebuild({ mac: partOf(other.tokens, MAC) }),
    'the family of another token': () => rebuild({ family: partOf(other.tokens, FAMILY) }),
    'another spelling of the MAC': () => rebuild({ mac: respell(partOf(victim.tokens, MAC)) }),
    'a padded MAC': () => rebuild({ mac: `${partOf(victim.tokens, MAC)}=` }),
    'a truncated MAC': () => rebuild({ mac: partOf(victim.tokens, MAC).slice(0, 20) }),
    'an empty MAC': () => rebuild({ mac: '' }),
    'a family with a path': () => rebuild({ family: '../client/aaaaaaaaaaaa' }),
    'a family in lower case': () =>
      rebuild({ family: partOf(victim.tokens, FAMILY).toLowerCase() }),
    'a fourth part': () => `${rebuild({})}.x`,
    'a trailing newline': () => `${rebuild({})}\n`,
    'the access token': () => String(victim.tokens['access_token']),
    'the ID token': () => String(victim.tokens['id_token']),
    'a very long token': () => rebuild({ mac: 'A'.repeat(20_000) }),
  },
})

type Form = Record<string, string | undefined>
interface Misuse {
  readonly fields: Form
  readonly headers?: Record<string, string>
}
const ownForm = (): Form => ({
  grant_type: 'refresh_token',
  client_id: victim.client.client_id,
  refresh_token: String(victim.tokens['refresh_token']),
})
const asConfidential = () => ({
  authorization: basic(confidential.client_id, confidential.client_secret ?? ''),
})

testAttacks<() => Misuse>({
  guarantee: 'a stolen refresh token is of no use to another client',
  run: async (misuse) => {
    const { fields, headers } = misuse()
    return thenOwner(outcomeOf(await postToken(server.issuer, fields, headers)))
  },
  honest: () => ({ fields: ownForm() }),
  control: '200, owner 200',
  refusal: /^40[01] (invalid_|unsupported_grant_type|unauthorized_client).*, owner 200$/,
  attacks: {
    'another public client': () => ({
      fields: { ...ownForm(), client_id: other.client.client_id },
    }),
    'a confidential client with its secret': () => ({
      fields: { ...ownForm(), client_id: undefined },
      headers: asConfidential(),
    }),
    "a confidential client that names the victim's id": () => ({
      fields: ownForm(),
      headers: asConfidential(),
    }),
    'no client': () => ({ fields: { ...ownForm(), client_id: undefined } }),
    'as a code': () => ({
      fields: { ...ownForm(), grant_type: 'authorization_code', code: ownForm()['refresh_token'] },
    }),
    'for another resource': () => ({ fields: { ...ownForm(), resource: 'https://evil.example' } }),
  },
})

testAttacks<() => Form>({
  guarantee: "another client cannot sign out somebody's client",
  run: async (fields) => {
    const body = form(
      Object.fromEntries(Object.entries(fields()).map(([name, value]) => [name, value ?? ''])),
    )
    const { status } = await send(`${server.issuer}/revoke`, { body })
    const { client, tokens } = victim
    const answer = await refresh(server.issuer, client, tokens['refresh_token'])
    victim =
      answer.status === 200
        ? { client, tokens: { ...tokens, ...answer.body } }
        : await logIn(server.issuer, { parameters: { scope: 'openid mcp:tools' } })
    return `${status}, owner ${outcomeOf(answer)}`
  },
  honest: () => ({ client_id: victim.client.client_id, token: ownForm()['refresh_token'] }),
  control: '200, owner 400 invalid_grant',
  // RFC 7009 §2.2: revoking a token that is not valid succeeds.
  refusal: /^(4\d\d|200), owner 200$/,
  attacks: {
    'another public client': () => ({
      client_id: other.client.client_id,
      token: ownForm()['refresh_token'],
    }),
    'no client': () => ({ token: ownForm()['refresh_token'] }),
    'a forged token of the family': () => ({
      client_id: victim.client.client_id,
      token: rebuild({ mac: partOf(other.tokens, MAC) }),
    }),
    'the access token, presented by another client': () => ({
      client_id: other.client.client_id,
      token: String(victim.tokens['access_token']),
    }),
    'the ID token': () => ({
      client_id: victim.client.client_id,
      token: String(victim.tokens['id_token']),
    }),
    'an access token with another signature': () => ({
      client_id: victim.client.client_id,
      token: String(victim.tokens['access_token']).replace(/[^.]+$/, 'A'.repeat(342)),
    }),
  },
})
