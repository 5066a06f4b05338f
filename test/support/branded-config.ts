// The configuration of an operator with branding of their own, for screenshots and checks of the pages.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SVG } from '../fixtures/logos.ts'
import { TWO_SCOPES } from './remembering.ts'

export interface BrandedConfig {
  /** Removed by `close`. */
  readonly folder: string
  /** Content of CONFIG_FILE. */
  readonly file: Readonly<Record<string, unknown>>
  close(): void
}

export function openBrandedConfig(): BrandedConfig {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-oidc-branded-'))
  const logoFile = join(folder, 'logo.svg')
  writeFileSync(logoFile, SVG)
  const logoDarkFile = join(folder, 'logo-dark.svg')
  writeFileSync(logoDarkFile, SVG.replaceAll('#7a1fa2', '#d9a6f2'))
  const [crm, ...others] = TWO_SCOPES.resourceServers
  const scopes = {
    'crm:read': {
      en: 'Read your customers',
      de: 'Ihre Kunden lesen',
      es: 'Leer sus clientes',
      fr: 'Consulter vos clients',
      ja: '顧客情報を見る',
      'pt-BR': 'Ver seus clientes',
    },
    'crm:write': {
      en: 'Change your customers',
      de: 'Ihre Kunden ändern',
      es: 'Modificar sus clientes',
      fr: 'Modifier vos clients',
      ja: '顧客情報を変更する',
      'pt-BR': 'Alterar seus clientes',
    },
  }
  return {
    folder,
    file: {
      ...TWO_SCOPES,
      resourceServers: [{ ...crm, scopes }, ...others],
      branding: {
        name: 'Acme Werkzeuge',
        logoFile,
        logoDarkFile,
        accentColor: '#7a1fa2',
        termsUrl: 'https://acme.example/terms',
        privacyUrl: 'https://acme.example/privacy',
        supportUrl: 'mailto:help@acme.example',
      },
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}
