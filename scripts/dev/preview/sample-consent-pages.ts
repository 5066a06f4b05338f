// The consent page for the requests that make it look different.
import {
  type ConsentPageData,
  renderConsentPage,
} from '../../../src/http/views/consent/consent-page.ts'
import type { PageFrame } from '../../../src/http/views/layout.ts'
import {
  ACCOUNT,
  RESOURCE,
  type Render,
  SAMPLE_NOW_MS,
  scopesOf,
  UPSTREAM_NAME,
} from './sample-data.ts'

const DAY_SECONDS = 24 * 60 * 60

const form = {
  approveAction: '/_preview',
  denyAction: '/_preview',
  csrfToken: 'sample',
  keptScopes: [],
  listedScopes: undefined,
  choosesAnother: false,
}
const account = { label: ACCOUNT, switchHref: '/_preview' }
const loopback = {
  target: { kind: 'loopback', host: '127.0.0.1:33418' },
  redirectUri: 'http://127.0.0.1:33418/callback',
  isForwarded: false,
} as const
const hosted = {
  target: { kind: 'https', host: 'claude.ai' },
  redirectUri: 'https://claude.ai/api/mcp/auth_callback',
  isForwarded: false,
} as const
const ALL = ['openid', 'email', 'crm:read', 'crm:write', 'crm:delete']

type Changes = (frame: PageFrame) => Partial<ConsentPageData>

function consent(changes: Changes): Render {
  return (frame) =>
    renderConsentPage(
      {
        client: {
          id: 'k2f8Jw0aQ4',
          name: 'Claude Code',
          origin: { kind: 'registered' },
          warnings: [],
        },
        answer: loopback,
        resource: RESOURCE,
        scopes: scopesOf(ALL.slice(0, 4), frame.catalogue),
        allowedScopes: [],
        earlier: { isRepeat: false, atMs: [] },
        upstream: { name: UPSTREAM_NAME, scopes: undefined },
        access: { isRenewed: true, seconds: 180 * DAY_SECONDS, idleSeconds: 30 * DAY_SECONDS },
        account: undefined,
        form,
        nowMs: SAMPLE_NOW_MS,
        ...changes(frame),
      },
      frame,
    )
}

const unverified = { id: 'k2f8Jw0aQ4', name: 'Notes', origin: { kind: 'registered' } } as const

export const CONSENT_PAGES: readonly (readonly [string, Render])[] = [
  ['consent', consent(() => ({}))],
  [
    'consent-verified',
    consent(() => ({
      client: {
        id: 'https://claude.ai/oauth/mcp-client',
        name: 'Claude',
        origin: { kind: 'document', host: 'claude.ai' },
        warnings: [],
      },
      answer: hosted,
      account,
    })),
  ],
  [
    'consent-repeated',
    consent(() => ({ earlier: { isRepeat: true, atMs: [Date.UTC(2026, 2, 3)] }, account })),
  ],
  [
    'consent-step-up',
    consent(({ catalogue }) => ({
      scopes: scopesOf(['crm:delete'], catalogue),
      allowedScopes: scopesOf(['openid', 'crm:read'], catalogue),
      earlier: { isRepeat: false, atMs: [Date.UTC(2026, 2, 3), Date.UTC(2026, 2, 3)] },
      account,
    })),
  ],
  [
    'consent-configured',
    consent(() => ({
      client: { id: 'reports', name: 'Reports', origin: { kind: 'configured' }, warnings: [] },
      access: { isRenewed: false, seconds: 900, idleSeconds: 30 * DAY_SECONDS },
    })),
  ],
  [
    'consent-token-exchange',
    consent(() => ({ upstream: { name: UPSTREAM_NAME, scopes: ['calendar.read'] } })),
  ],
  [
    'consent-unknown-address',
    consent(() => ({
      client: { ...unverified, warnings: [{ kind: 'unknown-address', host: 'notes.example.net' }] },
      answer: {
        ...hosted,
        target: { kind: 'https', host: 'notes.example.net' },
        redirectUri: 'https://notes.example.net/callback',
      },
    })),
  ],
  [
    'consent-imitation',
    consent(() => ({
      client: {
        ...unverified,
        name: 'CIaude',
        warnings: [{ kind: 'imitates', name: 'Claude' }],
      },
    })),
  ],
  [
    'consent-private-use',
    consent(() => ({
      client: {
        ...unverified,
        name: 'Cursor',
        warnings: [{ kind: 'private-use', scheme: 'cursor' }],
      },
      answer: {
        target: { kind: 'private-use', scheme: 'cursor' },
        redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback',
        isForwarded: false,
      },
    })),
  ],
]
