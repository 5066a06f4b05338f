// Requests to the upstream's token endpoint: with the metadata of the right issuer, current keys, and the quirks of the
// response made plain before openid-client sees it.
import { decodeProtectedHeader } from 'jose'
import type { Configuration, CustomFetch, ServerMetadata } from 'openid-client'
import type { UpstreamConfig } from '../config/upstream/upstream-config.ts'
import { isObject, isText, type Members } from '../oauth/json-members.ts'
import { asOAuthErrors } from './apis/github.ts'
import { configure } from './discovered-upstream.ts'
import { isTemplate, ofTenant } from './issuer-template.ts'
import { UpstreamFault } from './upstream-errors.ts'
import type { UpstreamKeys } from './upstream-keys.ts'

export interface TokenRequests {
  /**
   * @param grant is called again with the tenant's issuer if the upstream's issuer is a template; the token endpoint is
   * asked once
   * @param onAnswer gets the token response before anything in it is verified
   */
  send<T>(
    server: ServerMetadata,
    grant: (configuration: Configuration) => Promise<T>,
    onAnswer?: (answer: Members) => Promise<void>,
  ): Promise<{ result: T; configuration: Configuration }>
}

export function createTokenRequests(options: {
  upstream: UpstreamConfig
  keys: UpstreamKeys
}): TokenRequests {
  const { upstream, keys } = options
  return {
    async send(server, grant, onAnswer) {
      const loginFetch = keys.createLoginFetch(server)
      const plain =
        upstream.api === 'github' ? asOAuthErrors(loginFetch, server.token_endpoint) : loginFetch
      let answered: Response | undefined
      let answer: Members = {}

      const fetchOnce: CustomFetch = async (url, options) => {
        if (url !== server.token_endpoint) return plain(url, options)
        if (answered === undefined) {
          answered = await plain(url, options)
          answer = await readAnswer(answered.clone())
          await onAnswer?.(answer)
          checkAlgorithm(answer)
        }
        return answered.clone()
      }

      const run = async (metadata: ServerMetadata) => {
        const configuration = await configure(upstream, metadata, fetchOnce)
        return { result: await grant(configuration), configuration }
      }
      if (!isTemplate(server)) return run(server)
      // Nothing that is verified with the template counts: no token has it as its issuer.
      const first = await run(server).catch((error: unknown) => {
        if (!isText(answer['id_token'])) throw error
      })
      if (first && !isText(answer['id_token'])) return first
      return run(ofTenant(server, String(answer['id_token'])))
    },
  }
}

/** Empty if it is no successful answer. */
async function readAnswer(response: Response): Promise<Members> {
  const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined
  return isObject(body) ? body : {}
}

/** A signature that this server could make itself proves nothing to anybody else. */
function checkAlgorithm({ id_token: idToken }: Members): void {
  if (!isText(idToken)) return
  const alg = readAlgorithm(idToken)
  if (alg?.startsWith('HS')) {
    throw new UpstreamFault(
      `the upstream signs ID tokens with ${alg}, a shared secret: choose a signing key (RS256 or ES256) for this client there`,
    )
  }
}

function readAlgorithm(idToken: string): string | undefined {
  try {
    return decodeProtectedHeader(idToken).alg
  } catch {
    // The library rejects it.
    return undefined
  }
}
