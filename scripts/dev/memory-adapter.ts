// The records of the development upstream, in a Map. Not the engine's own in-memory adapter, which prints
// a warning at every start.
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

interface Stored {
  readonly payload: AdapterPayload
  readonly expiresAtMs: number
}

export function createMemoryAdapter(): AdapterFactory {
  const records = new Map<string, Stored>()

  function findWhere(model: string, matches: (payload: AdapterPayload) => boolean) {
    for (const [key, { payload, expiresAtMs }] of records) {
      if (expiresAtMs <= Date.now()) records.delete(key)
      else if (key.startsWith(`${model}:`) && matches(payload)) return payload
    }
    return undefined
  }

  return (model): Adapter => {
    const keyOf = (id: string) => `${model}:${id}`
    const find = (id: string) => {
      const stored = records.get(keyOf(id))
      return stored && stored.expiresAtMs > Date.now() ? stored.payload : undefined
    }

    return {
      async upsert(id, payload, expiresIn) {
        const expiresAtMs = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000
        records.set(keyOf(id), { payload, expiresAtMs })
      },
      async find(id) {
        return find(id)
      },
      async findByUid(uid) {
        return findWhere(model, (payload) => payload.uid === uid)
      },
      async findByUserCode(userCode) {
        return findWhere(model, (payload) => payload.userCode === userCode)
      },
      async consume(id) {
        const payload = find(id)
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      async destroy(id) {
        records.delete(keyOf(id))
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of records) {
          if (payload.grantId === grantId) records.delete(key)
        }
      },
    }
  }
}
