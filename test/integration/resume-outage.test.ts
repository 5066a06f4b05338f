// The last step of a sign-in, where the engine resumes, while the store fails: the browser gets a 503 without
// a code, keeps its cookies, and gets through when it reloads.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUserAgent, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { openClientStage } from '../support/client-stage.ts'
import { failAtEachCommand, openFailingStore } from '../support/failing-store.ts'
import {
  ADA,
  authorize,
  buildAuthorization,
  isAnswer,
  REDIRECT_URI,
  redeem,
} from '../support/journey.ts'
import { type Answer, send } from '../support/send.ts'

const failing = await openFailingStore()
const { server, client } = await openClientStage({ overrides: { store: failing.store } })

interface Resuming {
  readonly agent: UserAgent
  readonly url: string
  readonly codeVerifier: string
}

/** A browser that was signed in before, perhaps, and is about to open `/authorize/:uid` after a new sign-in. */
async function prepareResume(wasSignedIn: boolean): Promise<Resuming> {
  const agent = createUserAgent()
  if (wasSignedIn) await authorize(buildAuthorization(server.issuer, client), { agent })
  const { url, codeVerifier } = buildAuthorization(server.issuer, client, { prompt: 'login' })
  const consent = await agent.open(url)
  const upstream = await agent.submit(consent, { button: /^Allow/ })
  const until = ({ pathname }: URL) => pathname.startsWith('/authorize/')
  const person = { name: 'person', value: ADA }
  const resuming = await agent.submit(upstream, { button: person, until })
  return { agent, url: resuming.url, codeVerifier }
}

const cookieOf = (agent: UserAgent) => agent.cookies.getCookieString(`${server.issuer}/authorize/x`)

/** The browser's request, whose response the test sees as it is; the browser stores its cookies. */
async function resume({ agent, url }: Resuming): Promise<Answer> {
  const cookie = await agent.cookies.getCookieString(url)
  const answer = await send(url, { headers: { cookie, accept: 'text/html' } })
  for (const line of answer.headers.getSetCookie()) {
    await agent.cookies.setCookie(line, url, { ignoreError: true })
  }
  return answer
}

async function redeemCode(location: string | null, codeVerifier: string): Promise<void> {
  const answer = new URL(location ?? '')
  assert.equal((await redeem(server.issuer, client, { answer, codeVerifier })).status, 200)
}

async function isSignedIn(agent: UserAgent): Promise<boolean> {
  const { url } = buildAuthorization(server.issuer, client, { prompt: 'none' })
  const answer = await agent.open(url, { until: isAnswer(REDIRECT_URI) })
  return new URL(answer.url).searchParams.get('error') === 'consent_required'
}

for (const failure of ['before', 'after'] as const) {
  for (const wasSignedIn of [false, true]) {
    const who = wasSignedIn ? 'a browser that was signed in' : 'a new browser'
    test(`a resume that fails ${failure} any of its commands costs ${who} nothing`, async () => {
      await failAtEachCommand(failing, failure, {
        async prepare() {
          const resuming = await prepareResume(wasSignedIn)
          return { ...resuming, cookiesBefore: await cookieOf(resuming.agent) }
        },
        ask: resume,
        async check(answer, { agent, url, codeVerifier, cookiesBefore }, when) {
          // After the response only what it replaced is removed.
          if (answer.status === 303) return redeemCode(answer.headers.get('location'), codeVerifier)
          assert.equal(answer.status, 503, when)
          assert.equal(answer.headers.get('location'), null, when)
          assert.deepEqual(answer.headers.getSetCookie(), [], when)
          assert.equal(await cookieOf(agent), cookiesBefore, when)

          if (wasSignedIn) assert.equal(await isSignedIn(agent), true, when)
          const { url: location } = await agent.open(url, { until: isAnswer(REDIRECT_URI) })
          await redeemCode(location, codeVerifier)
        },
      })
    })
  }
}
