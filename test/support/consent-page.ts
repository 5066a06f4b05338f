// A consent page without a server: a command-line client that registered itself, and a person who has not signed in.
import { parse } from 'node-html-parser'
import {
  type ConsentPageData,
  renderConsentPage,
} from '../../src/http/views/consent/consent-page.ts'
import type { PageFrame } from '../../src/http/views/layout.ts'
import { FRAME } from './page-frame.ts'

export const DATA: ConsentPageData = {
  client: { id: 'client-1', name: 'Claude Code', origin: { kind: 'registered' }, warnings: [] },
  answer: {
    target: { kind: 'loopback', host: '127.0.0.1:33418' },
    redirectUri: 'http://127.0.0.1:33418/callback?a=1&b=2',
    isForwarded: false,
  },
  resource: { name: 'Team notes', uri: 'https://mcp.example.com/notes' },
  scopes: [
    { name: 'openid', description: 'Recognise you' },
    { name: 'notes:read', description: 'Read your notes' },
    { name: 'notes:write', description: 'Change your notes', risk: 'write' },
  ],
  allowedScopes: [],
  earlier: { isRepeat: false, atMs: [] },
  upstream: { name: 'Acme SSO', scopes: undefined },
  access: { isRenewed: true, seconds: 180 * 86_400, idleSeconds: 30 * 86_400 },
  account: undefined,
  form: {
    approveAction: '/interaction/abc/approve',
    denyAction: '/interaction/abc/deny',
    csrfToken: 'csrf-value',
    keptScopes: [],
    listedScopes: undefined,
    choosesAnother: false,
  },
  nowMs: Date.parse('2026-11-22T12:00:00Z'),
}

export const ACCOUNT = {
  label: 'Ada Byron (ada@example.com)',
  switchHref: '/interaction/abc?account=another',
}

export const WEBSITE: ConsentPageData['answer'] = {
  target: { kind: 'https', host: 'callback.example' },
  redirectUri: 'https://callback.example/cb?a=1&b=2',
  isForwarded: false,
}

export function renderConsent(changes: Partial<ConsentPageData> = {}, frame: PageFrame = FRAME) {
  return parse(renderConsentPage({ ...DATA, ...changes }, frame))
}

/** What a person reads before the buttons: the closed Details and all that follows the buttons are not among it. */
export function textBeforeButtons(markup: string): string {
  const [before = ''] = markup.split('<div class="actions decision">')
  const body = before.slice(before.indexOf('<body>'))
  return parse(body).textContent.replace(/\s+/g, ' ').trim()
}

/** Words of a language that separates them by spaces. */
export function countWords(text: string): number {
  return text.split(' ').filter((word) => /[\p{L}\p{N}]/u.test(word)).length
}
