// Checks records when they are read: the seal, the version of their shape, then the shape (record-values.ts).
import { openRecord, type Seal } from '../crypto/seal.ts'
import { AppError } from '../errors.ts'
import { listOf, membersOf, numberOf, optional, textOf, textsOf } from '../oauth/json-members.ts'
import type { RefreshChain } from '../oauth/refresh-chain.ts'
import { ACCESS_PARSERS } from './access/access-parsers.ts'
import { KINDS } from './record-kinds.ts'
import type {
  ApprovalEntry,
  CachedDocument,
  EngineModel,
  RecordKind,
  RecordValues,
} from './record-values.ts'
import { parseUpstreamTokens } from './upstream/upstream-tokens.ts'

/**
 * The text of a record: the version of its shape, then JSON. Version 1 has no number, so that releases from before
 * versions existed can read it too: replicas of both run side by side, and a rollback loses nothing.
 */
export function formatRecord<K extends RecordKind>(kind: K, value: RecordValues[K]): string {
  const { version } = KINDS[kind]
  return `${version === 1 ? '' : version}${JSON.stringify(value)}`
}

/** The text of a record; undefined if it counts as absent. @throws AppError store_unavailable */
export function openSeal(seal: Seal, kind: RecordKind, key: string, sealed: string) {
  const opening = openRecord(seal, key, sealed)
  switch (opening.kind) {
    case 'opened':
      return opening.text
    case 'damaged':
      throw unreadable(kind, opening.problem, opening.cause)
    case 'foreign':
      if (KINDS[kind].unreadable === 'absent') return undefined
      throw unreadable(kind, 'is sealed under a secret that SESSION_SECRET lacks')
  }
}

/** The value in a record's text. @throws AppError store_unavailable */
export function parseRecord<K extends RecordKind>(kind: K, text: string): RecordValues[K] {
  const version = Number.parseInt(text, 10)
  const isVersioned = !Number.isNaN(version)
  if ((isVersioned ? version : 1) !== KINDS[kind].version) {
    throw unreadable(kind, 'has a version that this server does not know')
  }
  try {
    return PARSERS[kind](JSON.parse(isVersioned ? text.slice(String(version).length) : text))
  } catch (cause) {
    throw unreadable(kind, 'does not have the shape of its version', cause)
  }
}

/** A record that is there and cannot be read: the store counts as unable to answer. */
function unreadable(kind: RecordKind, problem: string, cause?: unknown): AppError {
  return new AppError('store_unavailable', {
    cause: new Error(`a ${kind} record ${problem}`, { cause }),
  })
}

/** @throws TypeError that names the member, never its value */
export type Parse<V> = (value: unknown) => V

export const PARSERS: { readonly [K in RecordKind]: Parse<RecordValues[K]> } = {
  ...ACCESS_PARSERS,
  Account(value) {
    const account = membersOf(value)
    return {
      sub: textOf(account, 'sub'),
      claims: membersOf(account['claims']),
      verifiedEmail: optional(account['verifiedEmail'], 'string', 'verifiedEmail'),
      emailDomain: optional(account['emailDomain'], 'string', 'emailDomain'),
      accessClaims: account['accessClaims'] ? membersOf(account['accessClaims']) : undefined,
      unknownClaims: account['unknownClaims']
        ? textsOf(account['unknownClaims'], 'claim')
        : undefined,
      isAddressUnknown: optional(account['isAddressUnknown'], 'boolean', 'isAddressUnknown'),
      checkedAtMs: optional(account['checkedAtMs'], 'number', 'checkedAtMs'),
      generation: optional(account['generation'], 'number', 'generation'),
      sessionGeneration: optional(account['sessionGeneration'], 'number', 'sessionGeneration'),
      disabledAt: optional(account['disabledAt'], 'number', 'disabledAt'),
      hasUnlistedGrants: optional(account['hasUnlistedGrants'], 'boolean', 'hasUnlistedGrants'),
      upstream: optional(account['upstream'], 'string', 'upstream'),
    }
  },
  Approval: (value) => listOf(value).map(parseApprovalEntry),
  AuthorizationCode: parseModel,
  Client(value) {
    const client = membersOf(value)
    return {
      metadata: membersOf(client['metadata']),
      renewedAt: numberOf(client, 'renewedAt'),
      tokenHash: optional(client['tokenHash'], 'string', 'tokenHash'),
    }
  },
  ClientDocument: parseDocument,
  ClientKeySet: parseDocument,
  Grant(value) {
    const { revoked, generation } = membersOf(value)
    return {
      ...parseModel(value),
      revoked: optional(revoked, 'boolean', 'revoked'),
      generation: optional(generation, 'number', 'generation'),
    }
  },
  HomeUpstream: (value) => ({ mark: textOf(membersOf(value), 'mark') }),
  Interaction: parseModel,
  LoginAttempt(value) {
    const attempt = membersOf(value)
    return {
      interactionUid: optional(attempt['interactionUid'], 'string', 'interactionUid'),
      connects: optional(attempt['connects'], 'string', 'connects'),
      listedScopes: attempt['listedScopes'] ? textsOf(attempt['listedScopes'], 'scope') : undefined,
      nonce: textOf(attempt, 'nonce'),
      codeVerifier: textOf(attempt, 'codeVerifier'),
      maxAgeSeconds: optional(attempt['maxAgeSeconds'], 'number', 'maxAgeSeconds'),
      begunAt: optional(attempt['begunAt'], 'number', 'begunAt'),
      upstream: optional(attempt['upstream'], 'string', 'upstream'),
    }
  },
  PushedAuthorizationRequest: parseModel,
  RefreshFamily(value) {
    const family = membersOf(value)
    return {
      payload: membersOf(family['payload']),
      macKey: textOf(family, 'macKey'),
      chain: parseChain(family['chain']),
      startedAt: numberOf(family, 'startedAt'),
      expiresAt: numberOf(family, 'expiresAt'),
    }
  },
  RegistrationAccessToken: parseModel,
  ReplayDetection: membersOf,
  Session: parseModel,
  UpstreamTokens: parseUpstreamTokens,
}

function parseApprovalEntry(value: unknown): ApprovalEntry {
  const entry = membersOf(value)
  return {
    redirectUri: optional(entry['redirectUri'], 'string', 'redirectUri'),
    grant: textOf(entry, 'grant'),
    expiresAt: numberOf(entry, 'expiresAt'),
    allowedAt: optional(entry['allowedAt'], 'number', 'allowedAt'),
    scopes: textsOf(entry['scopes'], 'scope'),
  }
}

function parseDocument(value: unknown): CachedDocument {
  const document = membersOf(value)
  return {
    value: document['value'],
    fetchedAtMs: numberOf(document, 'fetchedAtMs'),
    freshUntilMs: numberOf(document, 'freshUntilMs'),
    missingSinceMs: optional(document['missingSinceMs'], 'number', 'missingSinceMs'),
    keptUntilMs: optional(document['keptUntilMs'], 'number', 'keptUntilMs'),
  }
}

function parseModel(value: unknown): EngineModel {
  const model = membersOf(value)
  optional(model['exp'], 'number', 'exp')
  optional(model['consumed'], 'number', 'consumed')
  optional(model['consumedBy'], 'string', 'consumedBy')
  optional(model['grantId'], 'string', 'grantId')
  optional(model['resumedAtMs'], 'number', 'resumedAtMs')
  optional(model['upstream'], 'string', 'upstream')
  return model
}

function parseChain(value: unknown): RefreshChain {
  const chain = membersOf(value)
  return {
    current: numberOf(chain, 'current'),
    lastPresented: numberOf(chain, 'lastPresented'),
    firstPresented: listOf(chain['firstPresented']).map((run) => {
      const [number, atMs, first] = listOf(run)
      const presented = [numberOf({ number }, 'number'), numberOf({ atMs }, 'atMs')] as const
      return first === undefined ? presented : [...presented, numberOf({ first }, 'first')]
    }),
  }
}
