// npm run measure:store: what a refresh, a journey and a grant cost in Redis; docs/storage.md has the
// numbers, and test/integration/store-cost.test.ts the most that they may be.
import { type Cost, measureStoreCost } from './measure/store-cost.ts'

const cost = await measureStoreCost({ rotations: 100, consent: 'always' })
const remembering = await measureStoreCost({ rotations: 0, consent: 'remember' })
const describe = ({ commands, roundTrips }: Cost) => ({ commands, 'round trips': roundTrips })

console.table({
  'register, authorize, log in, consent, code, token': describe(cost.journey),
  'refresh, the client new to this process': describe(cost.refresh),
  'refresh, the client known to this process': describe(cost.refreshOfCachedClient),
  [`refresh after ${cost.rotations} rotations`]: describe(cost.lateRefresh),
})
console.table({
  account: { bytes: cost.bytes.account },
  client: { bytes: cost.bytes.client },
  session: { bytes: cost.bytes.session },
  'grant, its refresh tokens and approval included': { bytes: cost.bytes.grant },
  'the same with CONSENT=remember': { bytes: remembering.bytes.grant },
  [`left behind by ${cost.rotations} rotations`]: {
    bytes: cost.grownBytes,
    records: cost.grownRecords,
  },
})
