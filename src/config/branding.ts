// The operator's branding of the pages: `branding` in the configuration file.
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { type AccentColours, computeAccent } from './accent.ts'
import { describeReadError, type ReportFault } from './read/read-secret.ts'

export interface Logo {
  readonly bytes: Buffer
  readonly mediaType: string
}

export interface Branding {
  readonly name: string | undefined
  readonly logo: Logo | undefined
  readonly accent: AccentColours | undefined
  /** Whether the pages link to the account page. It is there in any case. */
  readonly linkAccount: boolean
  readonly termsUrl: string | undefined
  readonly privacyUrl: string | undefined
  readonly supportUrl: string | undefined
}

const link = (protocols: readonly string[], message: string) =>
  z.string().refine((value) => protocols.includes(URL.parse(value)?.protocol ?? ''), message)
const webLink = link(['https:'], 'must be an https URL')

export const brandingSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(60, 'must be 60 characters or less')
    .optional(),
  /** A path, relative to the folder of the configuration file. */
  logoFile: z.string().min(1, 'must name a file').optional(),
  accentColor: z
    .string()
    .regex(/^#[\da-f]{6}$/i, 'must be a colour as #rrggbb')
    .optional(),
  linkAccount: z.boolean('must be true or false').optional(),
  termsUrl: webLink.optional(),
  privacyUrl: webLink.optional(),
  supportUrl: link(['https:', 'mailto:'], 'must be an https or mailto URL').optional(),
})

type BrandingSettings = z.infer<typeof brandingSchema>

/** @param configFile `logoFile` is relative to its folder */
export function loadBranding(
  settings: BrandingSettings,
  configFile: string | undefined,
  reportFault: ReportFault,
): Branding {
  const {
    name,
    logoFile,
    accentColor,
    linkAccount = true,
    termsUrl,
    privacyUrl,
    supportUrl,
  } = settings
  const accent = accentColor === undefined ? undefined : computeAccent(accentColor)
  if (accentColor !== undefined && !accent) {
    reportFault(
      'CONFIG_FILE branding.accentColor',
      'is too light to read on white: choose a colour with a contrast of at least 4.5 to white (WCAG AA)',
    )
  }
  if (logoFile !== undefined && name === undefined) {
    reportFault(
      'CONFIG_FILE branding.name',
      'is required with logoFile, as the text for people who cannot see the logo',
    )
  }
  const path = logoFile === undefined ? undefined : resolve(dirname(configFile ?? ''), logoFile)
  const logo = path === undefined ? undefined : readLogo(path, reportFault)
  return { name, logo, accent, linkAccount, termsUrl, privacyUrl, supportUrl }
}

const LOGO_MAX_BYTES = 256 * 1024

function readLogo(path: string, reportFault: ReportFault): Logo | undefined {
  const setting = 'CONFIG_FILE branding.logoFile'
  try {
    // Checked before reading: the path may name anything.
    const stat = statSync(path)
    if (!stat.isFile()) {
      reportFault(setting, 'names something that is not a file: name an image')
      return undefined
    }
    if (stat.size > LOGO_MAX_BYTES) {
      reportFault(setting, 'names a file that is too large: use one of at most 256 KiB')
      return undefined
    }
    const bytes = readFileSync(path)
    const mediaType = findMediaType(bytes)
    if (mediaType !== undefined) return { bytes, mediaType }
    reportFault(setting, 'names a file that is not an image: use PNG, JPEG, WebP or SVG')
  } catch (error) {
    reportFault(
      setting,
      `names a file that ${describeReadError(error)}: give its path relative to the folder of CONFIG_FILE`,
    )
  }
  return undefined
}

/** Judges by the first bytes: a file name proves nothing. */
function findMediaType(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1', 0, 16)
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^RIFF.{4}WEBP/s.test(head)) return 'image/webp'
  const isSvg =
    /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>\s*)*<svg[\s>]/is
  return isSvg.test(bytes.toString('utf8')) ? 'image/svg+xml' : undefined
}
