// A browser, and an MCP server that may exchange its callers' tokens, of a person who has not connected it yet.
import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { type BrowserStage, openBrowserStage } from './browser-stage.ts'
import { EXCHANGE_ENV, EXCHANGE_FILE, exchange } from './exchange.ts'
import { logIn } from './journey.ts'
import { type RenewingUpstream, startRenewingUpstream } from './renewing-upstream.ts'

export interface ConnectStage extends BrowserStage {
  readonly upstream: RenewingUpstream
  /** A caller's token that cannot be exchanged, and where the person connects. */
  needConnection(): Promise<{ readonly token: unknown; readonly url: string }>
}

export async function openConnectStage(options: { browser?: Browser } = {}): Promise<ConnectStage> {
  const upstream = await startRenewingUpstream()
  const stage = await openBrowserStage({
    ...options,
    upstream,
    env: { ...EXCHANGE_ENV },
    file: EXCHANGE_FILE,
  })
  const { issuer } = stage.server
  let people = 0
  return {
    ...stage,
    upstream,
    async needConnection() {
      people += 1
      upstream.person = { ...upstream.person, sub: `person-${people}` }
      upstream.grantedScope = 'openid profile email'
      const { tokens } = await logIn(issuer)
      upstream.grantedScope = undefined
      const token = tokens['access_token']
      const { body } = await exchange(issuer, token)
      assert.equal(body['error'], 'interaction_required')
      return { token, url: String(body['interaction_uri']) }
    },
  }
}
