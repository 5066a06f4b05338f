// Storage for the bare engine, with the commands of the Redis adapter that its documentation shows: plain JSON,
// an index for each uid, and a list of each grant's tokens.
import { Redis } from 'ioredis'
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

const CONSUMABLE = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode'])
const OF_A_GRANT = new Set([...CONSUMABLE, 'AccessToken'])

export function createBareRedisAdapter(url: string): {
  adapter: AdapterFactory
  close(): Promise<unknown>
} {
  const redis = new Redis(url, { keyPrefix: 'bare:' })

  async function find(model: string, id: string): Promise<AdapterPayload | undefined> {
    const key = `${model}:${id}`
    if (!CONSUMABLE.has(model)) {
      const text = await redis.get(key)
      return text === null ? undefined : JSON.parse(text)
    }
    const { payload, ...marks } = await redis.hgetall(key)
    return payload === undefined ? undefined : { ...marks, ...JSON.parse(payload) }
  }

  async function save(
    model: string,
    record: { id: string; payload: AdapterPayload; seconds: number | undefined },
  ): Promise<void> {
    const { id, payload, seconds } = record
    const key = `${model}:${id}`
    const text = JSON.stringify(payload)
    const commands = redis.multi()
    if (CONSUMABLE.has(model)) commands.hset(key, { payload: text })
    else commands.set(key, text)
    if (seconds) commands.expire(key, seconds)
    if (payload.grantId && OF_A_GRANT.has(model)) {
      const list = `grant:${payload.grantId}`
      commands.rpush(list, key)
      if (seconds && seconds > (await redis.ttl(list))) commands.expire(list, seconds)
    }
    if (payload.uid) {
      commands.set(`uid:${payload.uid}`, id)
      if (seconds) commands.expire(`uid:${payload.uid}`, seconds)
    }
    await commands.exec()
  }

  function adapter(model: string): Adapter {
    return {
      find: (id) => find(model, id),
      upsert: (id, payload, seconds) => save(model, { id, payload, seconds }),
      async findByUid(uid) {
        const id = await redis.get(`uid:${uid}`)
        return id === null ? undefined : find(model, id)
      },
      // The device grant is off.
      findByUserCode: async () => undefined,
      async consume(id) {
        await redis.hset(`${model}:${id}`, 'consumed', Math.floor(Date.now() / 1000))
      },
      async destroy(id) {
        await redis.del(`${model}:${id}`)
      },
      async revokeByGrantId(grantId) {
        const list = `grant:${grantId}`
        const commands = redis.multi()
        for (const key of await redis.lrange(list, 0, -1)) commands.del(key)
        commands.del(list)
        await commands.exec()
      },
    }
  }
  return { adapter, close: () => redis.quit() }
}
