// The engine's pushed authorization requests (RFC 9126): each is used once.
import { type Adapter, errors } from 'oidc-provider'
import { asEngineError } from '../engine-errors.ts'
import { endpointOf, toPayload } from '../internals.ts'
import { createRecordAdapter, lifetime, type RecordAdapterOptions } from './record-adapter.ts'

/**
 * A request can be opened during the minute that its `exp` allows, and is used up when the person approves,
 * which may be an interaction's lifetime later. Until then the server remembers whether it was used.
 */
export function createPushedRequestAdapter(
  options: RecordAdapterOptions & { readonly interactionSeconds: number },
): Adapter {
  const { records, currentContext, interactionSeconds, spend } = options
  const kind = 'PushedAuthorizationRequest'
  const requests = createRecordAdapter(kind, options)
  const resumedUid = () => currentContext()?.oidc.entities.Interaction?.uid
  const spent = () => new errors.InvalidRequestUri('request_uri was already used, or is too old')

  function isResuming(): boolean {
    const ctx = currentContext()
    return ctx !== undefined && endpointOf(ctx) === 'resume'
  }

  return {
    ...requests,
    async find(id) {
      const found = await requests.open(id)
      // The engine would continue without the request, and so use it a second time.
      if (!found && isResuming()) throw spent()
      const uid = resumedUid()
      // A process that stopped before it answered consumed it for the same interaction, which only one
      // request can resume: it is still that request's to use.
      const isOurs = uid !== undefined && found?.value.consumedBy === uid
      return toPayload(isOurs ? { ...found?.value, consumed: undefined } : found?.value)
    },
    async upsert(id, payload, expiresIn) {
      const ttlSeconds = lifetime(expiresIn) + interactionSeconds
      await asEngineError(spend('pushedRequest'), currentContext())
      await asEngineError(records.save(kind, id, { ...payload }, ttlSeconds))
    },
    async consume(id) {
      const kept = { by: resumedUid(), keptSeconds: interactionSeconds }
      if (!(await requests.reserve(id, kept))) throw spent()
    },
  }
}
