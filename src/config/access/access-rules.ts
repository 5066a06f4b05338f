// `access` of the configuration file: who may use which MCP server. Reports each fault by the rule's name and member.
import { z } from 'zod'
import { isObject, isText, type Members } from '../../oauth/json-members.ts'
import { canonicalResourceKey, resourceUrisOf } from '../../oauth/resource-uri.ts'
import { isOidcScope } from '../../oauth/scopes.ts'
import { type LocalisedLine, localisedLine } from '../language.ts'
import type { ReportFault } from '../read/read-secret.ts'
import { type AccessCondition, parseCondition } from './access-conditions.ts'

const contactLine = localisedLine.refine(
  (line) => JSON.stringify(line).length <= 500,
  'must be a short line of text',
)

export const accessMembers = {
  /** Checked by `resolveAccess`, which knows the MCP servers. */
  rules: z.array(z.unknown()).max(200, 'must not have more than 200 rules'),
  /** Whom a person asks who is refused: an e-mail address, an https URL, or a line of text. */
  contact: contactLine.optional(),
}

export interface AccessRule {
  readonly name: string
  readonly effect: 'allow' | 'deny'
  /** Undefined: everybody. */
  readonly when: AccessCondition | undefined
  /** `canonicalResourceKey` of each URI of the MCP servers. */
  readonly resources: '*' | ReadonlySet<string>
  readonly scopes: '*' | ReadonlySet<string>
}

export interface AccessConfig {
  readonly rules: readonly AccessRule[]
  readonly contact: LocalisedLine | undefined
  /** Scope → names of `access.claims` that it adds to ID token and /userinfo. */
  readonly scopeClaims: Readonly<Record<string, readonly string[] | undefined>>
}

interface KnownServer {
  readonly resource: string
  readonly aliases: readonly string[]
  readonly scopes: Readonly<Record<string, unknown>>
}

const MEMBERS: readonly string[] = ['name', 'effect', 'when', 'resources', 'scopes']

/** @param options.claims the names of `access.claims` */
export function resolveAccess(options: {
  settings: {
    readonly rules: readonly unknown[]
    readonly contact?: LocalisedLine | undefined
    readonly scopeClaims?: AccessConfig['scopeClaims']
  }
  servers: readonly KnownServer[]
  claims: Iterable<string>
  reportFault: ReportFault
}): AccessConfig {
  const { settings, servers, reportFault } = options
  const claims = new Set(options.claims)
  const names = new Set<string>()
  const rules = settings.rules.map((value, index) => {
    const rule = isObject(value) ? value : {}
    const { name } = rule
    const isNamed = isText(name) && name.length <= 80 && !/\p{C}/u.test(name)
    const label = isNamed
      ? `CONFIG_FILE access rule "${name}"`
      : `CONFIG_FILE access.rules.${index}`
    const report = (member: string, message: string) => reportFault(`${label} ${member}`, message)
    if (!isNamed) report('name', 'is required: 1 to 80 characters, which the audit log shows')
    else if (names.has(name)) report('name', 'is already the name of another rule: change one')
    else names.add(name)
    const unknown = Object.keys(rule).filter((member) => !MEMBERS.includes(member))
    if (unknown.length > 0) report('members', `must be among ${MEMBERS.join(', ')}`)
    const { effect = 'allow' } = rule
    if (effect !== 'allow' && effect !== 'deny') report('effect', 'must be allow or deny')
    const when =
      rule['when'] === undefined
        ? undefined
        : parseCondition(rule['when'], 'when', { claims, report })
    const named = findServers(rule, servers, report)
    return {
      name: isNamed ? name : '',
      effect: effect === 'deny' ? ('deny' as const) : ('allow' as const),
      when,
      resources: named && new Set(named.flatMap(keysOf)),
      scopes: parseScopes(rule, named ?? servers, report),
    }
  })
  return {
    rules: rules.map((rule) => ({ ...rule, resources: rule.resources ?? '*' })),
    contact: settings.contact,
    scopeClaims: settings.scopeClaims ?? {},
  }
}

type Report = (member: string, message: string) => void

const keysOf = (server: KnownServer): string[] =>
  resourceUrisOf(server).flatMap((uri) => canonicalResourceKey(uri) ?? [])

/** A list of texts, or undefined for `["*"]` and for a member that is absent. */
function parseNames(rule: Members, member: string, report: Report): string[] | undefined {
  const value = rule[member]
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length === 0 || !value.every(isText)) {
    report(member, 'must be a list of at least one text, or ["*"] for all')
    return undefined
  }
  if (!value.includes('*')) return value
  if (value.length > 1) report(member, 'must not list others beside "*", which is all of them')
  return undefined
}

/** Undefined: all. */
function findServers(rule: Members, servers: readonly KnownServer[], report: Report) {
  const uris = parseNames(rule, 'resources', report)
  return uris?.flatMap((uri, index) => {
    const key = canonicalResourceKey(uri)
    const server = servers.find((one) => key !== undefined && keysOf(one).includes(key))
    if (!server) report(`resources.${index}`, 'must be the URI of a configured MCP server')
    return server ?? []
  })
}

function parseScopes(rule: Members, servers: readonly KnownServer[], report: Report) {
  const scopes = parseNames(rule, 'scopes', report)
  for (const [index, scope] of (scopes ?? []).entries()) {
    if (isOidcScope(scope)) {
      report(
        `scopes.${index}`,
        'must not be an OpenID Connect scope: rules decide about the scopes of MCP servers',
      )
    } else if (!servers.some((server) => Object.hasOwn(server.scopes, scope))) {
      report(`scopes.${index}`, 'must be a scope of an MCP server that the rule is about')
    }
  }
  return scopes ? new Set(scopes) : ('*' as const)
}
