// The settings that a schema knows, as rows: path and type. Reads the JSON Schema that zod makes of it.
import { z } from 'zod'

export interface Row {
  /** `resourceServers[].name`, `sharedEgress.NAME.ranges` */
  readonly path: string
  readonly type: string
  readonly isRequired: boolean
  /** JSON; undefined: the schema has none. */
  readonly default: unknown
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
}

export function describeSchema(schema: z.ZodType): Row[] {
  return membersOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema, '')
}

function membersOf(schema: Schema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const isRequired = schema.required?.includes(name) ?? false
    const row = { path, type: typeOf(member, name), isRequired, default: member.default }
    return [row, ...innerRows(member, path)]
  })
}

function innerRows(schema: Schema, path: string): Row[] {
  if (isStrict(schema)) return membersOf(schema, path)
  if (schema.items && isStrict(schema.items)) return membersOf(schema.items, `${path}[]`)
  const { additionalProperties: others } = schema
  return typeof others === 'object' && others.properties ? membersOf(others, `${path}.NAME`) : []
}

/** An object that accepts any member is described as a whole. */
function isStrict({ properties, additionalProperties }: Schema): boolean {
  return properties !== undefined && additionalProperties === false
}

const code = (value: unknown) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``

function typeOf(schema: Schema, name = ''): string {
  if (schema.enum) return schema.enum.map(code).join(', ')
  if (schema.const !== undefined) return schema.const === '' ? 'empty' : code(schema.const)
  if (schema.anyOf) return [...new Set(schema.anyOf.map(choiceOf))].join(' or ')
  switch ([schema.type].flat()[0]) {
    case 'boolean':
      return '`true`, `false`'
    case 'integer':
      return `${/seconds$/i.test(name) ? 'seconds' : 'whole number'}${rangeOf(schema)}`
    case 'string':
      return 'text'
    case 'array':
      return `list of ${listed(typeOf(schema.items ?? {}))}`
    case 'object':
      return 'object'
    case undefined:
      return 'object'
    default:
      return String(schema.type)
  }
}

/** One of several forms: an object has no rows for its members, so they are named here. */
function choiceOf(schema: Schema): string {
  const names = Object.keys(schema.properties ?? {})
  const shown = names.length > 3 ? [...names.slice(0, 2), '…'] : names
  return names.length === 0 ? typeOf(schema) : `\`{ ${shown.join(', ')} }\``
}

const PLURALS: Readonly<Record<string, string>> = { text: 'texts', object: 'objects' }
const listed = (type: string) => PLURALS[type] ?? type

function rangeOf({ minimum, exclusiveMinimum, maximum }: Schema): string {
  const least = minimum ?? (exclusiveMinimum === undefined ? undefined : exclusiveMinimum + 1)
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  if (least === undefined) return ''
  return most === undefined ? `, from ${least}` : `, ${least}–${most}`
}
