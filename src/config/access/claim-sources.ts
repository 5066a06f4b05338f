// `access.claims` of the configuration file: which claims of the upstream are kept with the account, for rules about
// people. upstream/access-claims.ts reads them.
import { z } from 'zod'
import type { ReportFault } from '../read/read-secret.ts'

/**
 * A claim's name, or the names of nested objects with dots between. A claim whose own name has dots, such as a URL, is
 * found first. A list names each step.
 */
const path = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

export const claimSource = z.union(
  [path, z.strictObject({ 'keys-of': path })],
  'must be the path of a claim, e.g. "realm_access.roles", or { "keys-of": "…" } for the names of an object’s members',
)

export type ClaimPath = z.infer<typeof path>
export type ClaimSource = z.infer<typeof claimSource>
export type ClaimSources = Readonly<Record<string, ClaimSource>>

const MAX_CLAIMS = 50

/** By the operator's names. `true`: where the preset of the upstream says that its provider puts it. */
export const claimSources = z
  .record(
    z
      .string()
      .regex(
        /^(?!__)[\w:./-]{1,64}$/,
        'must have a name of letters, digits, _ : . / and -, without __ at its start',
      ),
    z.union(
      [claimSource, z.literal(true)],
      'must be the path of a claim, { "keys-of": … } or true',
    ),
  )
  .refine(
    (claims) => Object.keys(claims).length <= MAX_CLAIMS,
    `must list at most ${MAX_CLAIMS} claims`,
  )

export function resolveClaimSources(
  listed: z.infer<typeof claimSources>,
  preset: { readonly name: string; readonly claims: ClaimSources },
  reportFault: ReportFault,
): ClaimSources {
  const resolved: Record<string, ClaimSource> = {}
  for (const [name, given] of Object.entries(listed)) {
    const source = given === true ? preset.claims[name] : given
    if (source !== undefined) resolved[name] = source
    else {
      const known = Object.keys(preset.claims).join(', ') || 'none'
      reportFault(
        `CONFIG_FILE access.claims.${name}`,
        `must be a path: the preset ${preset.name} knows the claims ${known}`,
      )
    }
  }
  return resolved
}
