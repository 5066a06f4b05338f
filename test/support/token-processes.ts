// Processes that share a store and an upstream, for tests of domain/upstream-tokens without a server.

import type { UpstreamConfig } from '../../src/config/upstream/upstream-config.ts'
import { createAccounts } from '../../src/domain/account.ts'
import { createUpstreamTokens } from '../../src/domain/upstream-tokens/create-upstream-tokens.ts'
import { AppError, type AppErrorCode } from '../../src/errors.ts'
import { markOfIssuer } from '../../src/oauth/issuer.ts'
import { createAccountStore } from '../../src/records/access/account-store.ts'
import { createUpstreamTokenStore } from '../../src/records/upstream/upstream-token-store.ts'
import { createMemoryStore } from '../../src/store/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { parseIdentity, type UpstreamTokens } from '../../src/upstream/identity.ts'
import type { RelyingParty } from '../../src/upstream/relying-party.ts'
import { createMemoryRecords, TEST_UPSTREAM_ISSUER } from './memory-records.ts'
import { upstreamConfig } from './upstream-config.ts'

export const SUB = 'ada'
export const CALENDAR = 'https://calendar.example.com/mcp'
export const PLAIN = 'https://plain.example.com/mcp'

/** Short, so that tests wait for real. */
const TIMES = {
  askMs: 500,
  leaseMs: 800,
  waitMs: 3000,
  pollMs: 10,
  retryMs: 200,
  downMs: 0,
  storeRetryMs: 20,
  storeAttempts: 20,
} as const

const server = {
  aliases: [],
  name: 'Server',
  scopes: {},
  tokenClaims: [],
  defaultScopes: [],
  accessTokenSeconds: 900,
  introspectionSecret: undefined,
}

const unused = async () => {
  throw new Error('not part of this test')
}

type Refresh = (presented: string) => Promise<Partial<UpstreamTokens> | AppErrorCode>

export interface TokenStage {
  nowMs: number
  /** What the upstream does with a refresh token. By default: a new access token, and a new refresh token. */
  refresh: Refresh
  /** Called once the new tokens are stored, before the upstream says whose they are. */
  afterKeep: () => Promise<void>
  /** The refresh tokens that the upstream was asked with. */
  readonly asked: string[]
  /** Who the upstream says it is, and what. */
  person: Readonly<Record<string, unknown>> & { sub: string }
  readonly ended: string[]
  readonly warnings: string[]
  readonly store: Store
  start(): ReturnType<typeof startProcess>
}

export function createTokenStage(
  settings: {
    mode?: 'refresh' | 'userinfo' | 'none'
    isOn?: boolean
    upstream?: Partial<UpstreamConfig>
    /** Whether the calendar exchanges tokens. */
    exchanges?: boolean
    /** Replaces the store of a process. */
    wrapStore?: (store: Store) => Store
  } = {},
): TokenStage {
  let counter = 0
  const stage: TokenStage = {
    nowMs: Date.now(),
    refresh: async () => {
      counter += 1
      return { accessToken: `access-${counter}`, refreshToken: `refresh-${counter}` }
    },
    afterKeep: async () => {},
    asked: [],
    person: { sub: SUB, name: 'Ada' },
    ended: [],
    warnings: [],
    store: createMemoryStore({ now: () => stage.nowMs }),
    start: () => startProcess(stage, settings),
  }
  return stage
}

function startProcess(
  stage: TokenStage,
  {
    mode = 'refresh',
    isOn = true,
    upstream: changes = {},
    exchanges = true,
    wrapStore = (store) => store,
  }: Parameters<typeof createTokenStage>[0] & object,
) {
  const now = () => stage.nowMs
  const records = createMemoryRecords(wrapStore(stage.store))
  const accountStore = createAccountStore({ records, ttlSeconds: 10 ** 7 })
  const upstreamTokens = createUpstreamTokenStore({ records, ttlSeconds: 10 ** 7 })
  const upstream = { ...upstreamConfig(TEST_UPSTREAM_ISSUER), revalidation: mode, ...changes }
  const accounts = createAccounts({
    accounts: accountStore,
    homeUpstream: { getMark: async () => markOfIssuer(TEST_UPSTREAM_ISSUER) },
    config: { upstream },
    now,
  })
  const relyingParty: RelyingParty = {
    check: unused,
    begin: unused,
    complete: unused,
    async refresh(tokens, keep) {
      stage.asked.push(tokens.refreshToken ?? '')
      const answer = await stage.refresh(tokens.refreshToken ?? '')
      if (typeof answer === 'string') throw new AppError(answer)
      const given = {
        accessToken: 'access',
        refreshToken: undefined,
        expiresAtMs: stage.nowMs + 3600_000,
        scope: undefined,
        ...answer,
      }
      await keep(given)
      await stage.afterKeep()
      return { ...parseIdentity(stage.person), tokens: given }
    },
    async readUserinfo(tokens) {
      stage.asked.push(tokens.accessToken)
      const answer = await stage.refresh(tokens.accessToken)
      if (typeof answer === 'string') throw new AppError(answer)
      return { ...parseIdentity(stage.person), tokens }
    },
  }
  const service = createUpstreamTokens({
    config: {
      resourceServers: [
        { ...server, resource: PLAIN, upstreamTokens: undefined },
        {
          ...server,
          resource: CALENDAR,
          upstreamTokens: exchanges ? { scopes: ['calendar'] } : undefined,
        },
      ],
      revalidation: {
        isOn,
        revalidateSeconds: 900,
        graceSeconds: 86_400,
        unverifiedLifetimeSeconds: 43_200,
      },
      upstream,
    },
    stores: { accounts: accountStore, upstreamTokens },
    accounts,
    upstreamEvents: { noteAddress: async () => {} },
    relyingParty,
    endAccess: async ({ sub }) => {
      stage.ended.push(sub)
      await upstreamTokens.remove(sub)
      return true
    },
    logger: { warn: (...args: unknown[]) => void stage.warnings.push(JSON.stringify(args)) },
    now,
    monotonicNow: () => performance.now(),
    times: TIMES,
  })
  return {
    ...service,
    issue: (sub: string, resource: string) => service.issue({ sub }, resource),
    accounts,
    accountStore,
    upstreamTokens,
    /** A sign-in whose tokens expire after an hour. */
    async signIn(resource: string, tokens: Partial<UpstreamTokens> = {}): Promise<void> {
      await accounts.remember(parseIdentity(stage.person))
      const all = {
        refreshToken: 'refresh-0',
        expiresAtMs: stage.nowMs + 3600_000,
        scope: undefined,
      }
      await service.save(SUB, resource, { accessToken: 'access-0', ...all, ...tokens })
    },
    /** What a refresh of a grant does first. */
    async revalidate(resource = PLAIN) {
      const account = (await accounts.find(SUB)) ?? { sub: SUB, claims: {} }
      return service.revalidation.check(account, resource)
    },
    held: async (resource = '') =>
      (await upstreamTokens.open(SUB))?.value.held[resource === PLAIN ? '' : resource],
  }
}

export const minutes = (count: number) => count * 60_000
export const hours = (count: number) => count * 3600_000
