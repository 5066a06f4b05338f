// The steps of the demo. `step(title, run)` prints the text that `run` returns as `shown`, and remembers
// the title, so that an error can name the step that failed.
import type { DevMcpClient } from './mcp-client.ts'
import { people } from './people.ts'
import { describeExchange, describeFields, describeToken, describeUrl, indent } from './print.ts'
import type { Exchange } from './recording-fetch.ts'
import type { Page, UserAgent } from './user-agent.ts'

export type Step = <Result>(
  title: string,
  run: () => Promise<{ shown: string; result: Result }>,
) => Promise<Result>

/** The person's half: consent, sign-in, and the return to the client. */
export async function signIn(options: { agent: UserAgent; step: Step; url: URL }): Promise<string> {
  const { agent, step, url } = options
  const [person] = people
  if (!person) throw new Error('the development upstream has no person to sign in')

  const consent = await step('The browser opens the URL and shows the consent page', async () => {
    const page = await agent.open(url)
    return { shown: describePage(page), result: page }
  })
  const login = await step('The person approves; only then does the sign-in begin', async () => {
    const page = await agent.submit(consent, { button: /^Allow/ })
    return { shown: describePage(page), result: page }
  })
  return step(`${person.name} signs in at the upstream and returns to the client`, async () => {
    const before = agent.hops.length
    const page = await agent.submit(login, { button: { name: 'person', value: person.sub } })
    const hops = agent.hops.slice(before).map(({ method, url, status }) => {
      const { origin, pathname } = new URL(url)
      return `${method} ${origin}${pathname} → ${status}`
    })
    if (!page.url.startsWith(String(url.searchParams.get('redirect_uri')))) {
      throw new Error(`the browser did not return to the client:\n${describePage(page)}`)
    }
    const shown = [...hops, describeUrl(new URL(page.url))].join('\n')
    return { shown, result: page.url }
  })
}

/** The client's half: from the first rejected call to a tool call with a refreshed token. */
export async function runClient(client: DevMcpClient, step: Step): Promise<void> {
  const since = followExchanges(client.exchanges)

  const prepared = await step('The client calls the MCP server without a token', async () => {
    await client.begin()
    const [refused, ...prepared] = since()
    return { shown: refused ? describeExchange(refused) : '', result: prepared }
  })
  for (const exchange of prepared) {
    await step(titleOf(exchange), async () => {
      return { shown: describeExchange(exchange), result: undefined }
    })
  }
  await step('The client builds the authorization URL', async () => {
    const url = client.kept.authorizationUrl
    return { shown: url ? describeUrl(url) : '', result: url }
  })
  await client.authorize()
  await step('The client exchanges the code', async () => {
    const { access_token } = await client.exchangeCode()
    return { shown: showTokens(since(), access_token), result: undefined }
  })
  await step('The client connects, lists the tools and calls them', async () => {
    await client.connect()
    const shown = [
      `tools: ${(await client.listTools()).join(', ')}`,
      `whoami → ${JSON.stringify(await client.callTool('whoami'))}`,
      `add 19 + 23 → ${JSON.stringify(await client.callTool('add', { a: 19, b: 23 }))}`,
    ]
    since()
    return { shown: shown.join('\n'), result: undefined }
  })
  await step('The client refreshes its tokens without the person', async () => {
    const before = client.kept.tokens
    const after = await client.refresh()
    const isRotated = after.refresh_token !== before?.refresh_token
    const shown = [
      showTokens(since(), after.access_token),
      `refresh token rotated: ${isRotated ? 'yes' : 'no'}`,
    ]
    return { shown: shown.join('\n'), result: undefined }
  })
  await step('The new token works too', async () => {
    const who = await client.callTool('whoami')
    return { shown: describeFields(who).join('\n'), result: undefined }
  })
}

function titleOf({ url, method }: Exchange): string {
  if (url.includes('/.well-known/oauth-protected-resource')) {
    return 'The MCP server names its authorization server'
  }
  if (url.includes('/.well-known/')) return 'The authorization server publishes its metadata'
  return method === 'POST' ? 'The client registers' : 'The client sends another request'
}

function followExchanges(exchanges: readonly Exchange[]): () => readonly Exchange[] {
  let seen = 0
  return () => {
    const fresh = exchanges.slice(seen)
    seen = exchanges.length
    return fresh
  }
}

function showTokens(exchanges: readonly Exchange[], accessToken: string): string {
  return [
    ...exchanges.map(describeExchange),
    'the access token, decoded',
    ...indent(describeToken(accessToken)),
  ].join('\n')
}

function describePage({ url, status, title, body }: Page): string {
  const { origin, pathname } = new URL(url)
  const text = body
    .replace(/<(style|script|title)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, '\n')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  return [`${origin}${pathname} → ${status}  ${title}`, ...text.map((line) => `| ${line}`)].join(
    '\n',
  )
}
