// Runs docs/samples/verify_token.py as a program, as docs/mcp-servers.md says, with the Python and the PyJWT of this machine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findFreePort } from '../support/free-port.ts'
import { checkSample } from '../support/sample-answers.ts'
import { createSampleTokens } from '../support/sample-tokens.ts'
import { OTHER_RESOURCE, startTestServer } from '../support/server.ts'
import { firstAnswer, spawnProgram } from '../support/server-process.ts'

async function startSample(issuer: string, resource: string) {
  const sample = spawnProgram(process.env['TEST_PYTHON'] ?? '', ['docs/samples/verify_token.py'], {
    env: { OAUTH_ISSUER_URL: issuer, OAUTH_AUDIENCE: resource },
  })
  await firstAnswer(sample, resource)
  return {
    async close() {
      sample.kill('SIGKILL')
      await sample.exit
    },
  }
}

test('the sample in Python answers as RFC 6750 and RFC 9728 require', async (t) => {
  const resource = `http://localhost:${await findFreePort()}/mcp`
  const server = await startTestServer({ env: { RESOURCES: `${resource} ${OTHER_RESOURCE}` } })
  t.after(() => server.close())
  const sample = await startSample(server.issuer, resource)
  t.after(() => sample.close())
  await checkSample(server, resource)

  const { accessToken, clientId } = await createSampleTokens(server, resource).obtain()
  const response = await fetch(resource, { headers: { authorization: `Bearer ${accessToken}` } })
  assert.deepEqual(await response.json(), { subject: 'dev-1815', clientId })
})

test('the sample in Python answers 503 while it cannot fetch the keys', async (t) => {
  const resource = `http://localhost:${await findFreePort()}/mcp`
  const server = await startTestServer({ env: { RESOURCES: resource } })
  t.after(() => server.close())
  const sample = await startSample(`http://localhost:${await findFreePort()}`, resource)
  t.after(() => sample.close())
  const token = await createSampleTokens(server, resource).sign()
  const response = await fetch(resource, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(response.status, 503)
  assert.equal(response.headers.get('www-authenticate'), null)
})
