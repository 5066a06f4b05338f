// The result of the access rules for one person: for an operator who asks why somebody gets in, or does not.
import type { ResourceServer } from '../resource-server.ts'
import type { AccessSubject, Truth } from './access-condition.ts'
import type { AccessDecision, AccessPolicy } from './access-policy.ts'

export interface AccessExplanation {
  /** Each rule, in the order of the file. */
  readonly rules: readonly {
    readonly name: string
    readonly effect: 'allow' | 'deny'
    readonly applies: boolean
    /** `unknown`: the claims leave it open, so the rule does not allow, or does deny. */
    readonly condition: Truth
  }[]
  /** The scopes that the person could grant to a client that asks for every scope of the MCP server. */
  readonly resources: readonly (AccessDecision & { readonly resource: string })[]
}

export function explainAccess(options: {
  policy: AccessPolicy
  servers: readonly Pick<ResourceServer, 'resource' | 'scopes'>[]
  subject: AccessSubject
}): AccessExplanation {
  const { policy, servers, subject } = options
  return {
    rules: policy.match(subject).map(({ rule, applies, truth }) => ({
      name: rule.name,
      effect: rule.effect,
      applies,
      condition: truth,
    })),
    resources: servers.map(({ resource, scopes }) => ({
      resource,
      ...policy.decide(subject, resource, Object.keys(scopes)),
    })),
  }
}
