// Every page of the server with made-up names, for `/_preview` and for tests of what all pages have in common.
import {
  renderAccountPage,
  renderSignedOutPage,
} from '../../../src/http/views/account/account-page.ts'
import {
  renderConnectedPage,
  renderConnectPage,
} from '../../../src/http/views/account/connect-page.ts'
import type { ShownGrant } from '../../../src/http/views/account/grant-list.ts'
import { renderLogoutPage } from '../../../src/http/views/account/logout-page.ts'
import { renderLandingPage } from '../../../src/http/views/landing-page.ts'
import type { PageFrame } from '../../../src/http/views/layout.ts'
import { renderMessagePage } from '../../../src/http/views/message-page.ts'
import { PROBLEMS, type ProblemName } from '../../../src/http/views/problems/problem.ts'
import { renderProblemPage } from '../../../src/http/views/problems/problem-page.ts'
import { type RefusalPageData, renderRefusalPage } from '../../../src/http/views/refusal-page.ts'
import { CONSENT_PAGES } from './sample-consent-pages.ts'
import {
  ACCOUNT,
  RESOURCE,
  type Render,
  SAMPLE_NOW_MS,
  scopesOf,
  UPSTREAM_NAME,
} from './sample-data.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const csrfToken = 'sample'
/** A form leads to the preview, and so nowhere. */
const action = '/_preview'

const incident = {
  symptom: 'account-has-no-access',
  reference: '5f0c2a91be',
  atMs: SAMPLE_NOW_MS,
  error: 'access_denied: the account may not use this resource',
} as const

const refusal: RefusalPageData = {
  account: ACCOUNT,
  upstreamName: UPSTREAM_NAME,
  resourceName: RESOURCE.name,
  mayUseResource: false,
  contact: 'help@example.com',
  anotherAccount: { kind: 'page', href: action },
  denyAction: action,
  csrfToken,
  incident,
}

function grantsOf({ catalogue }: PageFrame): ShownGrant[] {
  const times = {
    sinceMs: SAMPLE_NOW_MS - 40 * DAY_MS,
    untilMs: SAMPLE_NOW_MS + 140 * DAY_MS,
    resource: RESOURCE,
  }
  return [
    {
      ...times,
      reference: 'one',
      clientName: 'Claude',
      clientOrigin: { kind: 'document', host: 'claude.ai' },
      scopes: scopesOf(['openid', 'email', 'crm:read', 'crm:write'], catalogue),
      lastUsedMs: SAMPLE_NOW_MS - DAY_MS,
    },
    {
      ...times,
      reference: 'two',
      clientName: undefined,
      clientOrigin: { kind: 'registered' },
      scopes: scopesOf(['crm:read'], catalogue),
      lastUsedMs: undefined,
    },
  ]
}

function renderAccount(grants: readonly ShownGrant[], frame: PageFrame): string {
  return renderAccountPage(
    {
      done: 'removed',
      accountLabel: ACCOUNT,
      upstreamName: UPSTREAM_NAME,
      grants,
      accessTokenMinutes: 15,
      idleDays: 30,
      removeAction: action,
      signOutAction: action,
      csrfToken,
    },
    frame,
  )
}

const signedOut = { upstreamName: UPSTREAM_NAME, signInAction: action, csrfToken }
const server = { resource: RESOURCE, upstreamName: UPSTREAM_NAME }
const metadata = '/.well-known/oauth-authorization-server'

function renderProblem(symptom: ProblemName, frame: PageFrame): string {
  const isOfResource = symptom === 'resource-unknown'
  const target = {
    requested: ['https://crm.example.com'],
    configured: [RESOURCE.uri, 'https://wiki.example.com/mcp'],
  }
  const sample = { ...incident, symptom, error: 'invalid_request: a sample of an error' }
  const { tryAgain } = frame.catalogue.message
  return renderProblemPage(
    {
      incident: isOfResource ? { ...sample, target } : sample,
      actions: [{ label: tryAgain, href: '', kind: 'primary' }],
    },
    frame,
  )
}

const problems = Object.keys(PROBLEMS).map((problem): [string, Render] => [
  `problem-${problem}`,
  (frame) => renderProblem(problem as ProblemName, frame),
])

/** By name. */
export const SAMPLE_PAGES: ReadonlyMap<string, Render> = new Map<string, Render>([
  [
    'landing',
    (frame) =>
      renderLandingPage(
        {
          paths: {
            oauthMetadata: metadata,
            openidMetadata: '/.well-known/openid-configuration',
            keys: '/jwks',
            isAlive: '/livez',
            isReady: '/readyz',
          },
        },
        frame,
      ),
  ],
  ...CONSENT_PAGES,
  ['refusal', (frame) => renderRefusalPage(refusal, frame)],
  [
    'refusal-of-scopes',
    (frame) => renderRefusalPage({ ...refusal, mayUseResource: true, contact: undefined }, frame),
  ],
  ['account', (frame) => renderAccount(grantsOf(frame), frame)],
  ['account-without-apps', (frame) => renderAccount([], frame)],
  ['account-sign-in', (frame) => renderSignedOutPage({ ...signedOut, done: undefined }, frame)],
  [
    'account-signed-out',
    (frame) => renderSignedOutPage({ ...signedOut, done: 'signed-out' }, frame),
  ],
  [
    'logout',
    (frame) =>
      renderLogoutPage(
        {
          client: { id: 'sample', name: 'Claude', origin: { kind: 'registered' } },
          destination: {
            redirectUri: 'https://claude.ai/signed-out',
            url: 'https://claude.ai/signed-out',
            target: { kind: 'https', host: 'claude.ai' },
            isTrusted: false,
          },
          accountLabel: ACCOUNT,
          upstreamName: UPSTREAM_NAME,
          state: undefined,
          confirmAction: action,
          stayHref: action,
          csrfToken,
        },
        frame,
      ),
  ],
  [
    'logged-out',
    (frame) => {
      const { logout, message } = frame.catalogue
      return renderMessagePage(
        {
          title: logout.signedOutTitle,
          message: logout.signedOut,
          advice: [message.onlyIfKnown],
          actions: [{ label: message.goOnTo('claude.ai'), href: action, kind: 'secondary' }],
        },
        frame,
      )
    },
  ],
  [
    'connect',
    (frame) =>
      renderConnectPage(
        { ...server, scopes: ['calendar.read', 'mail.read'], connectAction: action, csrfToken },
        frame,
      ),
  ],
  ['connected', (frame) => renderConnectedPage({ ...server, accountLabel: ACCOUNT }, frame)],
  ...problems,
])
