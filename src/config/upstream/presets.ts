// The presets of config/upstream: by name, or by the issuer's host.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readJson } from '../read/read-json.ts'
import { type Preset, presetSchema } from './preset-schema.ts'

const FOLDER = fileURLToPath(new URL('../../../config/upstream', import.meta.url))
const ENDING = '.jsonc'

/** For providers that no preset describes, and the base of all others: their files say what differs. */
export const GENERIC_PRESET = 'openid'

export function listPresets(): readonly string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(ENDING))
  return files.map((file) => file.slice(0, -ENDING.length)).toSorted()
}

export function loadPreset(name: string): Preset {
  return presetSchema.parse({ ...readPreset(GENERIC_PRESET), ...readPreset(name) })
}

/** The name of the preset whose hosts include the issuer's; undefined if there is none. */
export function recognisePreset(issuer: string): string | undefined {
  const { hostname } = new URL(issuer)
  return listPresets().find((name) => {
    const hosts = presetSchema.shape.hosts.parse(readPreset(name)['hosts'] ?? [])
    return hosts.some((host) => matches(host, hostname))
  })
}

function readPreset(name: string): Record<string, unknown> {
  return readJson(join(FOLDER, name + ENDING))
}

/** `*` is one label. */
function matches(pattern: string, hostname: string): boolean {
  const labels = hostname.split('.')
  const parts = pattern.split('.')
  return (
    parts.length === labels.length &&
    parts.every((part, index) => {
      const label = labels[index] ?? ''
      return part === '*' ? label !== '' : part === label
    })
  )
}
