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
  account: cost.left.account,
  client: cost.left.client,
  session: cost.left.session,
  'grant, its refresh tokens and approval included': cost.left.grant,
  'the same with CONSENT=remember': remembering.left.grant,
  [`left behind by ${cost.rotations} rotations`]: {
    records: cost.grownRecords,
    bytes: cost.grownBytes,
  },
})
