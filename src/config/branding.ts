// The operator's branding of the pages: `branding` in the configuration file.
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { type AccentColours, computeAccent } from './accent.ts'
import { type LocalisedLine, localisedLine } from './language.ts'
import { type Image, type ImageType, readImage } from './read/read-image.ts'
import type { ReportFault } from './read/read-secret.ts'

export interface Branding {
  readonly name: string | undefined
  /** The end of every page's title. Undefined: the name, if there is one. */
  readonly pageTitle: LocalisedLine | undefined
  readonly logo: Image | undefined
  /** For browsers that prefer dark colours. Undefined: `logo` is for all. */
  readonly darkLogo: Image | undefined
  /** Undefined: ours. */
  readonly favicon: Image | undefined
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

const file = z.string().min(1, 'must name a file').optional()

export const brandingSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(60, 'must be 60 characters or less')
    .optional(),
  /** The text after the title of a page in browser tabs: one line, or one for each language. */
  pageTitle: localisedLine.optional(),
  /** Each file is a path, relative to the folder of the configuration file. */
  logoFile: file,
  logoDarkFile: file,
  faviconFile: file,
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

const LOGO_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/svg+xml'] as const
const FAVICON_TYPES = ['image/png', 'image/svg+xml', 'image/x-icon'] as const

/** @param configFile the files are relative to its folder */
export function loadBranding(
  settings: BrandingSettings,
  configFile: string | undefined,
  reportFault: ReportFault,
): Branding {
  const { name, logoFile, logoDarkFile, faviconFile, accentColor } = settings
  const { pageTitle, linkAccount = true, termsUrl, privacyUrl, supportUrl } = settings
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
  if (logoDarkFile !== undefined && logoFile === undefined) {
    reportFault(
      'CONFIG_FILE branding.logoDarkFile',
      'is for dark pages only: set logoFile too, for light ones',
    )
  }
  const read = (key: string, path: string | undefined, accepted: readonly ImageType[]) =>
    path === undefined
      ? undefined
      : readImage(resolve(dirname(configFile ?? ''), path), accepted, (message) =>
          reportFault(`CONFIG_FILE branding.${key}`, message),
        )
  return {
    name,
    pageTitle,
    logo: read('logoFile', logoFile, LOGO_TYPES),
    darkLogo: read('logoDarkFile', logoDarkFile, LOGO_TYPES),
    favicon: read('faviconFile', faviconFile, FAVICON_TYPES),
    accent,
    linkAccount,
    termsUrl,
    privacyUrl,
    supportUrl,
  }
}
