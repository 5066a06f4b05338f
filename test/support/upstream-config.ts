import { loadPreset } from '../../src/config/upstream/presets.ts'
import type { UpstreamConfig } from '../../src/config/upstream/upstream-config.ts'

/** The configuration of a generic upstream, for tests without a server. */
export function upstreamConfig(issuer: string): UpstreamConfig {
  const { scopes: _, ...rules } = loadPreset('openid')
  return {
    ...rules,
    preset: 'openid',
    isPresetRecognised: false,
    issuer,
    subjectIssuer: issuer,
    subjectClaims: ['sub'],
    clientId: 'client',
    clientSecret: undefined,
    privateKey: undefined,
    authMethod: undefined,
    redirectUri: 'https://auth.example.com/callback',
    scope: 'openid',
    tenants: undefined,
    accessClaims: {},
    needsRefreshTokens: false,
    name: 'Upstream',
    revalidation: 'refresh',
  }
}
