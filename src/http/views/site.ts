// The operator's branding as the pages use it: name, logo, links and stylesheet.
import { createHash } from 'node:crypto'
import type { Branding, Logo } from '../../config/branding.ts'
import { accountPath, assetPath } from '../routes.ts'
import { createStylesheet, type Stylesheet } from './stylesheet.ts'

export interface Site {
  readonly name: string | undefined
  readonly logo: (Logo & { readonly path: string }) | undefined
  readonly stylesheet: Stylesheet
  /** The account page. Undefined: the pages do not link to it. */
  readonly accountPath: string | undefined
  readonly termsUrl: string | undefined
  readonly privacyUrl: string | undefined
  readonly supportUrl: string | undefined
}

export function createSite(branding: Branding): Site {
  const { name, logo, accent, linkAccount, termsUrl, privacyUrl, supportUrl } = branding
  return {
    name,
    logo: logo && { ...logo, path: assetPath(`logo-${digestOf(logo.bytes)}`) },
    stylesheet: createStylesheet(accent),
    accountPath: linkAccount ? accountPath() : undefined,
    termsUrl,
    privacyUrl,
    supportUrl,
  }
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 12)
}
