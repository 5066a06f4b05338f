// The frame for pages that tests render without a server: no branding, in English.
import type { PageFrame } from '../../src/http/views/layout.ts'
import { CATALOGUES } from '../../src/http/views/locales/catalogues.ts'
import { createSite } from '../../src/http/views/site.ts'

const branding = {
  name: undefined,
  pageTitle: undefined,
  logo: undefined,
  darkLogo: undefined,
  favicon: undefined,
  accent: undefined,
  linkAccount: false,
  termsUrl: undefined,
  privacyUrl: undefined,
  supportUrl: undefined,
}

export const SITE = createSite({
  branding,
  issuer: 'https://auth.example.com',
  upstream: { name: 'Example sign-in' },
})

export const FRAME: PageFrame = { site: SITE, catalogue: CATALOGUES.en }
