// The upstream's redirect back, mixed up: parts of one sign-in in another, and answers that the upstream never
// gave. The plain cases are in test/integration/login-attempt.test.ts.
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { testAttacks } from '../support/attack.ts'
import { openClientStage } from '../support/client-stage.ts'
import {
  ADA,
  buildAuthorization,
  claimsOf,
  GRACE,
  isAnswer,
  REDIRECT_URI,
  redeem,
} from '../support/journey.ts'
import { send } from '../support/send.ts'

const { server, client } = await openClientStage()

interface SignIn {
  readonly agent: UserAgent
  readonly codeVerifier: string
  /** The upstream's answer, not opened yet. */
  readonly callback: URL
}

async function signIn(person: string, agent = createUserAgent()): Promise<SignIn> {
  const { url, codeVerifier } = buildAuthorization(server.issuer, client)
  const login = await agent.submit(await agent.open(url), { button: /^Allow/ })
  const until = isAnswer(`${server.issuer}/callback`)
  const button = { name: 'person', value: person }
  const page = await agent.submit(login, { button, until })
  return { agent, codeVerifier, callback: new URL(page.url) }
}

/** The callback with the named parameters of another sign-in, or with these values. */
function change(callback: URL, changes: Record<string, string | undefined>, repeated = ''): URL {
  const changed = new URL(callback)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) changed.searchParams.delete(name)
    else changed.searchParams.set(name, value)
  }
  return new URL(changed.href + repeated)
}

const get = (url: URL, name: string) => url.searchParams.get(name) ?? ''

/** Both browsers are where the upstream sent them: the victim is Ada, the attacker Grace. */
interface Scene {
  readonly victim: SignIn
  readonly attacker: SignIn
}

/** Opens the callback, and redeems the code if it leads to one. */
async function finish({ agent, codeVerifier }: SignIn, url: URL): Promise<string> {
  const page = await agent.open(url, { until: isAnswer(REDIRECT_URI) })
  const answer = new URL(page.url)
  if (!isAnswer(REDIRECT_URI)(answer)) return `page ${page.status}`
  const { body } = await redeem(server.issuer, client, { answer, codeVerifier })
  return `token for ${claimsOf(body['access_token'])['sub']}`
}

/** Removes the cookies with this beginning, as a browser does that has blocked or forgotten them. */
async function forgetCookies({ agent, callback }: SignIn, beginning: string): Promise<void> {
  for (const cookie of await agent.cookies.getCookies(callback.href)) {
    if (!cookie.key.startsWith(beginning)) continue
    await agent.cookies.setCookie(`${cookie.key}=; Path=/; Max-Age=0`, callback.href)
  }
}

testAttacks<(scene: Scene) => { browser: SignIn; url: URL; method?: string; forgotten?: string }>({
  guarantee: 'a person is never signed in by the parts of another sign-in',
  run: async (mix) => {
    const scene = { victim: await signIn(ADA), attacker: await signIn(GRACE) }
    const { browser, url, method = 'GET', forgotten } = mix(scene)
    if (forgotten) await forgetCookies(browser, forgotten)
    if (method !== 'GET') {
      const cookie = (await browser.agent.cookies.getCookieString(url.href)) ?? ''
      const { status } = await send(url, { method, headers: { accept: 'text/html', cookie } })
      return `page ${status}`
    }
    return finish(browser, url)
  },
  honest: ({ victim }) => ({ browser: victim, url: victim.callback }),
  control: `token for ${ADA}`,
  refusal: /^page (4\d\d|502)$/,
  attacks: {
    "the attacker's whole answer in the victim's browser": ({ victim, attacker }) => ({
      browser: victim,
      url: attacker.callback,
    }),
    "the attacker's code under the victim's state": ({ victim, attacker }) => ({
      browser: victim,
      url: change(victim.callback, { code: get(attacker.callback, 'code') }),
    }),
    "the victim's code under the attacker's state": ({ victim, attacker }) => ({
      browser: attacker,
      url: change(attacker.callback, { code: get(victim.callback, 'code') }),
    }),
    'the state twice': ({ victim, attacker }) => ({
      browser: victim,
      url: change(victim.callback, {}, `&state=${get(attacker.callback, 'state')}`),
    }),
    'the code twice': ({ victim, attacker }) => ({
      browser: victim,
      url: change(victim.callback, {}, `&code=${get(attacker.callback, 'code')}`),
    }),
    'the issuer twice': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, {}, '&iss=https%3A%2F%2Fevil.example'),
    }),
    'mix-up: another issuer': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { iss: 'https://evil.example' }),
    }),
    'mix-up: the issuer with a slash': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { iss: `${get(victim.callback, 'iss')}/` }),
    }),
    'mix-up: our own issuer': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { iss: server.issuer }),
    }),
    'an ID token in the URL': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { code: undefined, id_token: 'x.y.z' }),
    }),
    'an access token in the URL': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { code: undefined, access_token: 'x' }),
    }),
    'a response object': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { code: undefined, response: 'x.y.z' }),
    }),
    'an error beside the code': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { error: 'access_denied' }),
    }),
    'a state with a suffix': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { state: `${get(victim.callback, 'state')}x` }),
    }),
    'a state with a NUL byte': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { state: `${get(victim.callback, 'state')}\0` }),
    }),
    'an array of states': ({ victim }) => ({
      browser: victim,
      url: change(victim.callback, { state: undefined, 'state[]': get(victim.callback, 'state') }),
    }),
    'POST instead of GET': ({ victim }) => ({
      browser: victim,
      url: victim.callback,
      method: 'POST',
    }),
    HEAD: ({ victim }) => ({ browser: victim, url: victim.callback, method: 'HEAD' }),
    'in a browser that is bound to the interaction, but not to this login attempt': ({
      victim,
    }) => ({ browser: victim, url: victim.callback, forgotten: 'mcp_oidc_login' }),
    'in a browser that is bound to the login attempt, but not to its interaction': ({
      victim,
    }) => ({
      browser: victim,
      url: victim.callback,
      forgotten: 'mcp_oidc_interaction',
    }),
  },
})

testAttacks<(callback: URL) => Promise<unknown>>({
  guarantee: 'a stranger with the link of a callback does not end the sign-in',
  run: async (useLink) => {
    const victim = await signIn(ADA)
    await useLink(victim.callback)
    return finish(victim, victim.callback)
  },
  honest: async () => {},
  control: `token for ${ADA}`,
  refusal: `token for ${ADA}`,
  attacks: {
    'opens it': (callback) => createUserAgent().open(callback),
    'opens it in a browser with a sign-in of its own': async (callback) =>
      (await signIn(GRACE)).agent.open(callback),
    'opens it with an error': (callback) =>
      createUserAgent().open(change(callback, { code: undefined, error: 'access_denied' })),
    'posts it': (callback) => send(callback, { method: 'POST' }),
    'asks for its head': (callback) => send(callback, { method: 'HEAD' }),
  },
})
