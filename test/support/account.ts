// A person at the account page, with a browser of their own.
import assert from 'node:assert/strict'
import { createUserAgent, type Page, type UserAgent } from '../../scripts/dev/user-agent.ts'
import { ADA } from './journey.ts'
import type { TestServer } from './server.ts'

type Issuer = Pick<TestServer, 'issuer'>

export const openAccount = ({ issuer }: Issuer, agent: UserAgent): Promise<Page> =>
  agent.open(`${issuer}/account`)

/** Signs in by the account page, without any client. */
export async function signInToAccount(
  { issuer }: Issuer,
  { agent = createUserAgent(), person = ADA }: { agent?: UserAgent; person?: string } = {},
): Promise<{ agent: UserAgent; page: Page }> {
  let page = await agent.submit(await agent.open(`${issuer}/account`), { button: /^Sign in/ })
  // The upstream may know this browser still.
  if (page.url !== `${issuer}/account`) {
    page = await agent.submit(page, { button: { name: 'person', value: person } })
  }
  assert.equal(page.url, `${issuer}/account`)
  return { agent, page }
}

/** The names of the clients on the page, from top to bottom. */
export function clientsOn({ body }: Pick<Page, 'body'>): string[] {
  return [...body.matchAll(/<bdi class="client">([^<]*)<\/bdi>/g)].map(([, name = '']) => name)
}

/** The references of the grants on the page, from top to bottom. */
export function grantsOn({ body }: Pick<Page, 'body'>): string[] {
  return [...body.matchAll(/name="grant" value="([^"]+)"/g)].map(([, grant = '']) => grant)
}

export const tokenOn = ({ body }: Pick<Page, 'body'>): string =>
  /name="csrf_token" value="([^"]+)"/.exec(body)?.[1] ?? ''

export const isSignedIn = ({ body }: Pick<Page, 'body'>): boolean => body.includes('Sign out here')
