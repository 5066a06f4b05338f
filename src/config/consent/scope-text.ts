// A scope in the configuration: its description for people, and the damage that a client could do with it.
import { z } from 'zod'
import { line, translations } from '../language.ts'

const SCOPE_RISKS = ['write', 'delete'] as const

/** The consent page marks scopes that change things, and those that delete things. */
export type ScopeRisk = (typeof SCOPE_RISKS)[number]

export const scopeText = z.union(
  [line, z.strictObject({ ...translations, risk: z.enum(SCOPE_RISKS).optional() })],
  'must be one line, or one for each language with at least en, and a risk if it has one ("write" or "delete"): { "en": …, "de": …, "risk": "write" }',
)

export type ScopeText = z.infer<typeof scopeText>
