// The operator's branding as the pages use it: name, images, links and stylesheet.
import { createHash } from 'node:crypto'
import type { Branding } from '../../config/branding.ts'
import type { LocalisedLine } from '../../config/language.ts'
import type { Image } from '../../config/read/read-image.ts'
import { accountPath, assetPath } from '../routes.ts'
import { createStylesheet, type Stylesheet } from './stylesheet.ts'

type ServedImage = Image & { readonly path: string }

export interface Site {
  readonly name: string | undefined
  readonly pageTitle: LocalisedLine | undefined
  readonly logo: ServedImage | undefined
  readonly darkLogo: ServedImage | undefined
  readonly favicon: ServedImage
  readonly stylesheet: Stylesheet
  /** The account page. Undefined: the pages do not link to it. */
  readonly accountPath: string | undefined
  readonly termsUrl: string | undefined
  readonly privacyUrl: string | undefined
  readonly supportUrl: string | undefined
}

export function createSite(branding: Branding): Site {
  const { name, pageTitle, accent, linkAccount, termsUrl, privacyUrl, supportUrl } = branding
  return {
    name,
    pageTitle: pageTitle ?? name,
    logo: branding.logo && serve('logo', branding.logo),
    darkLogo: branding.darkLogo && serve('logo', branding.darkLogo),
    favicon: serve('icon', branding.favicon ?? drawFavicon(accent?.light.accent)),
    stylesheet: createStylesheet(accent),
    accountPath: linkAccount ? accountPath() : undefined,
    termsUrl,
    privacyUrl,
    supportUrl,
  }
}

// The white disc keeps the ring visible on a dark tab.
function drawFavicon(colour = '#0b5f5a'): Image {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="#fff"/><circle cx="16" cy="16" r="10" fill="none" stroke="${colour}" stroke-width="6"/></svg>\n`
  return { bytes: Buffer.from(svg), mediaType: 'image/svg+xml' }
}

/** The path changes with the content, so it can be cached for ever. */
function serve(kind: 'logo' | 'icon', image: Image): ServedImage {
  const digest = createHash('sha256').update(image.bytes).digest('hex').slice(0, 12)
  return { ...image, path: assetPath(`${kind}-${digest}`) }
}
