// `npm run measure:store`: prints the cost of a refresh, a journey and a grant in Redis. docs/storage.md
// has the numbers, and test/integration/store-cost.test.ts their upper limits.
import { type Cost, measureStoreCost } from './measure/store-cost.ts'

const cost = await measureStoreCost({ rotations: 100, consent: 'always' })
const remembering = await measureStoreCost({ rotations: 0, consent: 'remember' })
const toRow = ({ commands, roundTrips }: Cost) => ({ commands, 'round trips': roundTrips })

console.table({
  'register, authorize, consent, sign in, code, token': toRow(cost.journey),
  'refresh, client not cached': toRow(cost.refresh),
  'refresh, client cached': toRow(cost.refreshOfCachedClient),
  [`refresh after ${cost.rotations} rotations`]: toRow(cost.lateRefresh),
})
console.table({
  account: cost.left.account,
  client: cost.left.client,
  session: cost.left.session,
  'grant, with its refresh tokens and approval': cost.left.grant,
  'the same with CONSENT=remember': remembering.left.grant,
  [`left behind by ${cost.rotations} rotations`]: {
    records: cost.grownRecords,
    bytes: cost.grownBytes,
  },
})
