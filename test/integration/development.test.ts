// The settings that `npm run dev` reads.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openDevelopment } from '../support/development.ts'

test('npm run dev reads CONFIG_FILE and the secrets that it names, and sets the other settings itself', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mcp-oidc-dev-config-'))
  t.after(() => rm(directory, { recursive: true }))
  const CONFIG_FILE = join(directory, 'config.json')
  const client = {
    client_id: 'reporting',
    client_name: 'Nightly reporting',
    redirect_uris: ['https://reports.example.com/callback'],
    clientSecretEnv: 'REPORTING_SECRET',
  }
  await writeFile(
    CONFIG_FILE,
    JSON.stringify({ clientDocuments: { enabled: false }, clients: [client] }),
  )
  const development = await openDevelopment({
    env: {
      CONFIG_FILE,
      REPORTING_SECRET: 's'.repeat(32),
      // Those of another server, which a shell may have.
      OIDC_ISSUER: 'https://auth.example.com',
      JWKS_FILE: join(directory, 'missing'),
      UPSTREAM_SCOPES: 'none',
    },
  })
  t.after(development.close)
  const url = `${development.issuer}/.well-known/oauth-authorization-server`
  const metadata = (await (await fetch(url)).json()) as Record<string, unknown>
  assert.equal(metadata['issuer'], development.issuer)
  assert.equal(metadata['client_id_metadata_document_supported'], undefined)
  const token = await fetch(`${development.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`reporting:${'s'.repeat(32)}`)}` },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
  })
  assert.equal(((await token.json()) as { error: string }).error, 'invalid_grant')
})
