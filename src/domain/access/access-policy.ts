// Decides whether a person may use an MCP server, and with which scopes, by the rules of `access` in the configuration file. Pure: the
// callers read the account and act on the decision.
import type { AccessConfig, AccessRule } from '../../config/access/access-rules.ts'
import { canonicalResourceKey } from '../../oauth/resource-uri.ts'
import { isOidcScope } from '../../oauth/scopes.ts'
import { type AccessSubject, createEvaluation, type Truth } from './access-condition.ts'

export type AccessDecision =
  | {
      readonly kind: 'allowed'
      /** Those of the request that the person may grant, in its order. */
      readonly scopes: string[]
      /** The names of the rules that allow it; none if there are no rules at all. */
      readonly rules: string[]
    }
  /** @param rule the name of the rule that denies it; undefined if no rule allows it */
  | { readonly kind: 'refused'; readonly rule: string | undefined }

/** For the audit log: it names the rule, and never what the rule has read. */
export interface AccessRefusal {
  readonly sub: string
  /** Undefined: no rule allows it. */
  readonly rule: string | undefined
  readonly clientId: string | undefined
  /** Undefined: every MCP server, at the account page. */
  readonly resource: string | undefined
  /** At the token endpoint. */
  readonly grantType?: string
  /** The reference to the grant that access tokens carry. */
  readonly grant?: string
}

interface RuleMatch {
  readonly rule: AccessRule
  /** Whether the rule counts for the person. */
  readonly applies: boolean
  /** `unknown` never allows, and always denies. */
  readonly truth: Truth
}

export interface AccessPolicy {
  /** Without rules, everybody whom the upstream signs in may use everything. */
  readonly isOpen: boolean
  /** @param scopes of the request; those of OpenID Connect need no rule of their own */
  decide(subject: AccessSubject, resource: string, scopes: readonly string[]): AccessDecision
  /** Whether a client that asks for every scope would get none, at any MCP server. */
  allowsNothing(subject: AccessSubject): boolean
  /** Each rule, in the order of the file. */
  match(subject: AccessSubject): readonly RuleMatch[]
}

export function createAccessPolicy(config: {
  readonly access: Pick<AccessConfig, 'rules'>
  readonly resourceServers: readonly {
    readonly resource: string
    readonly scopes: Readonly<Record<string, unknown>>
  }[]
}): AccessPolicy {
  const { rules } = config.access

  function match(subject: AccessSubject, asked: readonly AccessRule[]): readonly RuleMatch[] {
    const evaluate = {
      allow: createEvaluation(subject, 'unknown'),
      deny: createEvaluation(subject, 'no'),
    }
    return asked.map((rule) => {
      const truth = rule.when ? evaluate[rule.effect](rule.when) : 'yes'
      return { rule, truth, applies: rule.effect === 'deny' ? truth !== 'no' : truth === 'yes' }
    })
  }

  const decide: AccessPolicy['decide'] = (subject, resource, scopes) => {
    if (rules.length === 0) return { kind: 'allowed', scopes: [...scopes], rules: [] }
    const key = canonicalResourceKey(resource)
    const about = rules.filter((rule) => isAbout(rule, key))
    const counted = match(subject, about)
      .filter(({ applies }) => applies)
      .map(({ rule }) => rule)
    const denying = counted.filter(({ effect }) => effect === 'deny')
    const allowing = counted.filter(({ effect }) => effect === 'allow')
    const denyingAll = denying.find((rule) => rule.scopes === '*')
    if (denyingAll) return { kind: 'refused', rule: denyingAll.name }
    if (allowing.length === 0) return { kind: 'refused', rule: undefined }

    const has = (list: readonly AccessRule[], scope: string) =>
      list.find((rule) => rule.scopes === '*' || rule.scopes.has(scope))
    const isLeft = (scope: string) => has(allowing, scope) && !has(denying, scope)
    const requested = scopes.filter((scope) => !isOidcScope(scope))
    if (requested.length > 0 && !requested.some(isLeft)) {
      const denied = requested.find((scope) => has(allowing, scope) && has(denying, scope))
      const rule = denied === undefined ? undefined : has(denying, denied)?.name
      return { kind: 'refused', rule }
    }
    return {
      kind: 'allowed',
      scopes: scopes.filter((scope) => isOidcScope(scope) || isLeft(scope)),
      rules: allowing.map(({ name }) => name),
    }
  }

  return {
    isOpen: rules.length === 0,
    match: (subject) => match(subject, rules),
    decide,
    allowsNothing: (subject) =>
      config.resourceServers.every(
        ({ resource, scopes }) => decide(subject, resource, Object.keys(scopes)).kind === 'refused',
      ),
  }
}

function isAbout({ resources }: AccessRule, key: string | undefined): boolean {
  return resources === '*' || (key !== undefined && resources.has(key))
}
