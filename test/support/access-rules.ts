// The access rules of a configuration file, resolved for three MCP servers as the server does at its start.
import { type AccessRule, resolveAccess } from '../../src/config/access/access-rules.ts'
import type { AccessSubject } from '../../src/domain/access/access-condition.ts'
import { createAccessPolicy } from '../../src/domain/access/access-policy.ts'

export const CRM = 'https://mcp.example.com/crm'
export const CRM_ALIAS = 'https://crm.example.com/mcp'
export const WIKI = 'https://mcp.example.com/wiki'

const describe = (...scopes: string[]) => Object.fromEntries(scopes.map((name) => [name, name]))

export const RULE_SERVERS = [
  { resource: CRM, aliases: [CRM_ALIAS], scopes: describe('crm:read', 'crm:write') },
  { resource: WIKI, aliases: [], scopes: describe('wiki:read', 'crm:read') },
]

const CLAIMS = ['groups', 'roles', 'employment', 'level', 'admin', '__proto__']

export function resolveRules(rules: readonly unknown[]): {
  rules: readonly AccessRule[]
  faults: readonly string[]
} {
  const faults: string[] = []
  const resolved = resolveAccess({
    settings: { rules },
    servers: RULE_SERVERS,
    claims: CLAIMS,
    reportFault: (name, message) => faults.push(`${name}: ${message}`),
  })
  return { rules: resolved.rules, faults }
}

/** @throws Error if the rules have a fault */
export function policyOf(rules: readonly unknown[]) {
  const resolved = resolveRules(rules)
  if (resolved.faults.length > 0) throw new Error(resolved.faults.join('\n'))
  return createAccessPolicy({ access: resolved, resourceServers: RULE_SERVERS })
}

interface WrittenRule {
  readonly effect: string
  readonly resources?: readonly string[]
  readonly scopes?: readonly string[]
}

/** What docs/access.md says about rules as they are written, without the code that decides. Conditions are its own. */
export function readRules(written: readonly WrittenRule[], who: AccessSubject, uri: string) {
  const serverOf = (one: string) =>
    RULE_SERVERS.find(({ resource, aliases }) => [resource, ...aliases].includes(one))
  const isAbout = ({ resources = ['*'] }: WrittenRule) =>
    resources.some((one) => one === '*' || serverOf(one) === serverOf(uri))
  const matches = policyOf(written).match(who)
  const counted = written.filter((rule, n) => matches[n]?.applies === true && isAbout(rule))
  const names = (effect: string, scope: string) =>
    counted.some(
      ({ scopes = ['*'], ...rule }) =>
        rule.effect === effect && (scopes.includes('*') || scopes.includes(scope)),
    )
  const allows = counted.some(({ effect }) => effect === 'allow')
  return {
    mayUse: allows && !names('deny', '*'),
    mayHave: (scope: string) => names('allow', scope) && !names('deny', scope),
  }
}
