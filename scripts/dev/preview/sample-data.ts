// The made-up people, servers and scopes of the sample pages.
import type { PageFrame } from '../../../src/http/views/layout.ts'
import { localiseScopes, type Scope } from '../../../src/http/views/names.ts'

export type Render = (frame: PageFrame) => string

export const ACCOUNT = 'ada@example.com'
export const UPSTREAM_NAME = 'Example sign-in'
export const RESOURCE = { name: 'Customers', uri: 'https://crm.example.com/mcp' }
export const SAMPLE_NOW_MS = Date.UTC(2026, 10, 20, 9, 30)

const SCOPES = {
  'crm:read': {
    en: 'Read your customers',
    de: 'Ihre Kunden lesen',
    es: 'Leer sus clientes',
    fr: 'Consulter vos clients',
    ja: '顧客情報の閲覧',
    'pt-BR': 'Ver seus clientes',
  },
  'crm:write': {
    en: 'Change your customers',
    de: 'Ihre Kunden ändern',
    es: 'Modificar sus clientes',
    fr: 'Modifier vos clients',
    ja: '顧客情報の変更',
    'pt-BR': 'Alterar seus clientes',
    risk: 'write',
  },
  'crm:delete': {
    en: 'Delete your customers',
    de: 'Ihre Kunden löschen',
    es: 'Borrar sus clientes',
    fr: 'Supprimer vos clients',
    ja: '顧客情報の削除',
    'pt-BR': 'Excluir seus clientes',
    risk: 'delete',
  },
} as const

export function scopesOf(
  names: readonly string[],
  catalogue: Parameters<typeof localiseScopes>[2],
): Scope[] {
  return localiseScopes(names, { scopes: SCOPES }, catalogue)
}
