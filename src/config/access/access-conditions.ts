// The conditions of access rules, from the configuration file: parsed by hand, because the messages of a schema for a
// nested union do not say which member is wrong. domain/access/access-condition.ts evaluates them.
import { parseEmailAddress, toAsciiDomain } from '../../oauth/email-address.ts'
import { isObject, isText, type Members } from '../../oauth/json-members.ts'

export type AccessCondition =
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly AccessCondition[] }
  | { readonly kind: 'not'; readonly condition: AccessCondition }
  /** In the spelling of `parseEmailAddress`. */
  | { readonly kind: 'email'; readonly addresses: readonly string[] }
  | { readonly kind: 'emailDomain'; readonly domains: readonly DomainPattern[] }
  | { readonly kind: 'claim'; readonly claim: string; readonly patterns: readonly ValuePattern[] }

export interface DomainPattern {
  /** In the spelling of `toAsciiDomain`. */
  readonly domain: string
  /** Written as `*.domain`: its subdomains, and not the domain itself. */
  readonly isParent: boolean
}

export interface ValuePattern {
  readonly text: string
  /** Whether each `*` stands for any characters. */
  readonly isGlob: boolean
}

/** Where in the rule, e.g. `when.any.0.email`, and what is wrong with it. */
type ReportConditionFault = (place: string, message: string) => void

interface Reading {
  /** The names of `access.claims`. */
  readonly claims: ReadonlySet<string>
  readonly report: ReportConditionFault
}

const KINDS = ['email', 'emailDomain', 'claim', 'all', 'any', 'not'] as const
const OPERATORS = ['equals', 'anyOf', 'glob'] as const
const MAX_DEPTH = 8
const MAX_VALUES = 500
const MAX_VALUE_LENGTH = 256

/** Undefined if it has a fault, which was reported. */
export function parseCondition(
  value: unknown,
  place: string,
  reading: Reading,
  depth = 0,
): AccessCondition | undefined {
  const fail = (message: string) => {
    reading.report(place, message)
    return undefined
  }
  if (depth > MAX_DEPTH) return fail(`must not be nested more than ${MAX_DEPTH} deep`)
  if (!isObject(value))
    return fail('must be one condition, e.g. { "emailDomain": ["example.com"] }')
  const [kind, ...more] = KINDS.filter((name) => Object.hasOwn(value, name))
  if (kind === undefined || more.length > 0) {
    return fail(`must have exactly one of ${KINDS.join(', ')}: combine conditions with all or any`)
  }
  const allowed: readonly string[] = kind === 'claim' ? ['claim', ...OPERATORS] : [kind]
  if (Object.keys(value).some((name) => !allowed.includes(name))) {
    return fail(`must not have other members than ${allowed.join(', ')}`)
  }
  return parseKind(kind, value, { place, reading, depth })
}

function parseKind(
  kind: (typeof KINDS)[number],
  value: Members,
  { place, reading, depth }: { place: string; reading: Reading; depth: number },
): AccessCondition | undefined {
  const inner = `${place}.${kind}`
  switch (kind) {
    case 'all':
    case 'any': {
      const list: unknown = value[kind]
      if (!Array.isArray(list) || list.length === 0 || list.length > MAX_VALUES) {
        reading.report(inner, `must be a list of at least one condition, and at most ${MAX_VALUES}`)
        return undefined
      }
      const parsed = list.map((item, i) =>
        parseCondition(item, `${inner}.${i}`, reading, depth + 1),
      )
      const conditions = parsed.filter((condition) => condition !== undefined)
      return conditions.length === list.length ? { kind, conditions } : undefined
    }
    case 'not': {
      const condition = parseCondition(value[kind], inner, reading, depth + 1)
      return condition && { kind, condition }
    }
    case 'email': {
      const addresses = parseList(value[kind], inner, reading, {
        parse: (text) => parseEmailAddress(text)?.address,
        message: 'must be an e-mail address, e.g. "ada@example.com"',
      })
      return addresses && { kind, addresses }
    }
    case 'emailDomain': {
      const domains = parseList(value[kind], inner, reading, {
        parse: parseDomainPattern,
        message: 'must be a domain, e.g. "example.com", or "*.example.com" for its subdomains',
      })
      return domains && { kind, domains }
    }
    case 'claim':
      return parseClaimCondition(value, place, reading)
  }
}

function parseDomainPattern(text: string): DomainPattern | undefined {
  const isParent = text.startsWith('*.')
  const domain = toAsciiDomain(isParent ? text.slice(2) : text)
  return domain === undefined ? undefined : { domain, isParent }
}

function parseClaimCondition(value: Members, place: string, reading: Reading) {
  const { claims, report } = reading
  const { claim } = value
  if (!isText(claim) || !claims.has(claim)) {
    report(`${place}.claim`, 'must be a name of access.claims: list there which claim it is')
    return undefined
  }
  const [operator, ...more] = OPERATORS.filter((name) => Object.hasOwn(value, name))
  if (operator === undefined || more.length > 0) {
    report(place, `must have exactly one of ${OPERATORS.join(', ')} beside claim`)
    return undefined
  }
  const given = value[operator]
  if (operator === 'equals' && Array.isArray(given)) {
    report(`${place}.equals`, 'must be one value: use anyOf for several')
    return undefined
  }
  const patterns = parseList(given, `${place}.${operator}`, reading, {
    parse: (text) => ({ text, isGlob: operator !== 'equals' && text.includes('*') }),
    message: `must be a text of 1 to ${MAX_VALUE_LENGTH} characters, a number, true or false`,
  })
  return patterns && { kind: 'claim' as const, claim, patterns }
}

/** One value or a list of them; undefined if any has a fault. */
function parseList<T>(
  value: unknown,
  place: string,
  { report }: Reading,
  { parse, message }: { parse: (text: string) => T | undefined; message: string },
): T[] | undefined {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (values.length === 0 || values.length > MAX_VALUES) {
    report(place, `must have 1 to ${MAX_VALUES} values`)
    return undefined
  }
  const parsed = values.map((item, index) => {
    const text = ['number', 'boolean'].includes(typeof item) ? String(item) : item
    const result = isText(text) && text.length <= MAX_VALUE_LENGTH ? parse(text) : undefined
    if (result === undefined) report(Array.isArray(value) ? `${place}.${index}` : place, message)
    return result
  })
  const valid = parsed.filter((item) => item !== undefined)
  return valid.length === values.length ? valid : undefined
}
