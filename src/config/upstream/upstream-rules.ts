// The rules for the upstream, without its credentials: the preset, with `upstream` of the configuration file over it.
import type { FileSettings } from '../file-schema.ts'
import type { EnvironmentSettings } from '../schema.ts'
import type { Preset } from './preset-schema.ts'
import { GENERIC_PRESET, loadPreset, recognisePreset } from './presets.ts'

export interface UpstreamRules extends Omit<Preset, 'hosts'> {
  /** The preset's name. */
  readonly preset: string
  /** Whether the issuer's host chose the preset, and not the operator. */
  readonly isPresetRecognised: boolean
}

export function selectRules(
  settings: Partial<EnvironmentSettings>,
  file: { readonly upstream: Partial<FileSettings['upstream']> },
): UpstreamRules {
  const { UPSTREAM_PRESET: chosen, UPSTREAM_ISSUER: issuer } = settings
  const name = chosen ?? (issuer && recognisePreset(issuer)) ?? GENERIC_PRESET
  const isPresetRecognised = chosen === undefined && name !== GENERIC_PRESET
  const { hosts: _, ...preset } = loadPreset(name)
  const {
    backchannelLogout: _logout,
    globalTokenRevocation: _revocation,
    ...overrides
  } = file.upstream
  const own = withoutUndefined(overrides)
  return {
    ...preset,
    subject: subjectOf(preset, isPresetRecognised),
    ...own,
    discovery: fillIn({ ...preset.discovery, ...own.discovery }, issuer),
    preset: name,
    isPresetRecognised,
  }
}

/**
 * An installation from before presets has named its people by `sub`, so a host alone must not change that
 * (docs/adr/0032-upstream-presets.md). Without ID tokens there was no such installation.
 */
function subjectOf(
  { subject, protocol }: Pick<Preset, 'subject' | 'protocol'>,
  isPresetRecognised: boolean,
): Preset['subject'] {
  return isPresetRecognised && protocol === 'openid' ? ['sub'] : subject
}

/** Endpoints may name the issuer as `{issuer}`. */
function fillIn(discovery: Preset['discovery'], issuer = ''): Preset['discovery'] {
  const filled = Object.entries(discovery).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll('{issuer}', issuer) : value,
  ])
  return Object.fromEntries(filled)
}

function withoutUndefined<T extends object>(members: T) {
  const set = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(set) as { [K in keyof T]?: Exclude<T[K], undefined> } // the same members
}
