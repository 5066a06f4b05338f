// `revalidation` of the configuration file: how often the upstream is asked again about the people who signed in.
import { z } from 'zod'
import type { ReportFault } from '../read/read-secret.ts'

const seconds = z.int('must be a whole number of seconds').positive('must be positive')

export const revalidationMembers = {
  /** `auto`: on if there are access rules (docs/adr/0035-upstream-tokens.md). */
  mode: z.enum(['auto', 'on', 'off'], 'must be auto, on or off'),
  /** A refresh asks the upstream if its last word about the account is older. */
  revalidateSeconds: seconds,
  /** For how long after that word refreshes go on while the upstream has trouble. */
  graceSeconds: seconds,
  /** The same for accounts that cannot be asked about. */
  unverifiedLifetimeSeconds: seconds,
}

interface Settings {
  readonly revalidateSeconds: number
  readonly graceSeconds: number
  readonly unverifiedLifetimeSeconds: number
}

export interface RevalidationConfig extends Settings {
  readonly isOn: boolean
}

export function resolveRevalidation({
  file,
  reportFault,
}: {
  file: {
    readonly revalidation: Settings & { readonly mode: 'auto' | 'on' | 'off' }
    readonly access: { readonly rules: readonly unknown[] }
  }
  reportFault: ReportFault
}): RevalidationConfig {
  const { mode, ...settings } = file.revalidation
  for (const name of ['graceSeconds', 'unverifiedLifetimeSeconds'] as const) {
    if (settings[name] < settings.revalidateSeconds) {
      const message = 'must not be less than revalidateSeconds: every refresh would be refused'
      reportFault(`CONFIG_FILE revalidation.${name}`, message)
    }
  }
  const isOn = mode === 'on' || (mode === 'auto' && file.access.rules.length > 0)
  return { ...settings, isOn }
}

/** How long people whom the upstream has removed can keep their access, for the start-up log. */
export function adviseOnRevalidation(config: {
  readonly revalidation: RevalidationConfig
  readonly lifetimes: { readonly refreshMaxLifetimeSeconds: number }
  readonly upstream: { readonly revalidation: 'refresh' | 'userinfo' | 'none' }
}): readonly { readonly message: string; readonly [field: string]: string | number }[] {
  const { isOn, unverifiedLifetimeSeconds } = config.revalidation
  if (!isOn) {
    const { refreshMaxLifetimeSeconds } = config.lifetimes
    const message =
      'people whom the upstream removes keep their access: see revalidation in docs/access.md'
    return [{ message, refreshMaxLifetimeSeconds }]
  }
  if (config.upstream.revalidation !== 'none') return []
  const message = 'the upstream cannot be asked again about people: they sign in this often'
  return [{ message, unverifiedLifetimeSeconds }]
}
