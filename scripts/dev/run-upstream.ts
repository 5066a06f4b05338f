// Runs only the dev upstream, for docker-compose.yml. It listens on the port of its issuer, on the host
// DEV_HOST. Its other settings are those of the authorization server that uses it.
import { requireSetting, requireUrl, runUntilStopped } from './run.ts'
import { startDevUpstream } from './upstream.ts'

const { env } = process

await runUntilStopped(async () => {
  const issuer = requireUrl(env, 'UPSTREAM_ISSUER')
  return startDevUpstream({
    issuer: issuer.origin,
    host: env['DEV_HOST'] ?? '127.0.0.1',
    port: Number(issuer.port),
    clients: [
      {
        client_id: requireSetting(env, 'UPSTREAM_CLIENT_ID'),
        client_secret: requireSetting(env, 'UPSTREAM_CLIENT_SECRET'),
        redirect_uris: [`${requireUrl(env, 'OIDC_ISSUER').origin}/callback`],
      },
    ],
  })
})
