import type { UpstreamConfig } from '../../src/config/load.ts'

/** The configuration of an upstream, for tests without a server. */
export function upstreamConfig(issuer: string): UpstreamConfig {
  return {
    issuer,
    subjectIssuer: issuer,
    clientId: 'client',
    clientSecret: undefined,
    authMethod: undefined,
    redirectUri: 'https://auth.example.com/callback',
    scope: 'openid',
    parameters: {},
    name: 'Upstream',
  }
}
