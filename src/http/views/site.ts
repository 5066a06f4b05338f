// The things that all pages show of this server: the operator's branding, its address, and the upstream.
import { createHash } from 'node:crypto'
import type { Branding } from '../../config/branding.ts'
import type { LocalisedLine } from '../../config/language.ts'
import type { Config } from '../../config/load.ts'
import type { Image } from '../../config/read/read-image.ts'
import { parseUrl } from '../../oauth/parse-url.ts'
import { accountPath, assetPath } from '../routes.ts'
import { createStylesheet, type Stylesheet } from './stylesheet.ts'

type ServedImage = Image & { readonly path: string }

export interface Site {
  readonly issuer: string
  /** Of the service that people sign in with, as the operator wrote it. */
  readonly upstreamName: string
  readonly name: string | undefined
  /** The operator of this server: the name, or the host of the issuer if there is none. */
  readonly operator: string
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

type SiteConfig = Pick<Config, 'issuer'> & {
  readonly branding: Branding
  readonly upstream: { readonly name: string }
}

export function createSite({ branding, issuer, upstream }: SiteConfig): Site {
  const { name, pageTitle, accent, linkAccount, termsUrl, privacyUrl, supportUrl } = branding
  return {
    issuer,
    upstreamName: upstream.name,
    name,
    operator: name ?? parseUrl(issuer)?.host ?? issuer,
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
