// Pushed authorization requests (RFC 9126) for the engine: each is used once.
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import { speakingEngine } from '../engine-errors.ts'
import { createRecordAdapter, lifetime, type RecordAdapterOptions } from './record-adapter.ts'

/**
 * A request can be opened for the minute that its `exp` says, and is used when the person has approved,
 * up to an interaction later: for so long it is known that it was used.
 */
export function createPushedRequestAdapter(
  options: RecordAdapterOptions & { readonly interactionSeconds: number },
): Adapter {
  const { records, currentContext, interactionSeconds } = options
  const kind = 'PushedAuthorizationRequest'
  const requests = createRecordAdapter(kind, options)
  const resumedUid = () => currentContext()?.oidc.entities.Interaction?.uid
  const spent = () => new errors.InvalidRequestUri('request_uri was already used, or is too old')
  return {
    ...requests,
    async find(id) {
      const found = await requests.open(id)
      // The engine would go on without a request that is gone, and so use it once more.
      if (!found && currentContext()?.oidc.route === 'resume') throw spent()
      const payload = found?.value as AdapterPayload | undefined
      // Consumed by a process that stopped before it answered: whoever resumes now is the only one.
      const uid = resumedUid()
      const isOurs = uid !== undefined && payload?.['consumedBy'] === uid
      return isOurs ? { ...payload, consumed: undefined } : payload
    },
    upsert: (id, payload, expiresIn) =>
      speakingEngine(records.save(kind, id, payload, lifetime(expiresIn) + interactionSeconds)),
    async consume(id) {
      const kept = { by: resumedUid(), keptSeconds: interactionSeconds }
      if (!(await requests.claim(id, kept))) throw spent()
    },
  }
}
