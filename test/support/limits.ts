// Rate limits for tests, whose requests all come from one address. test/integration/rate-limits.test.ts sets its own.
import type { Config } from '../../src/config/load.ts'

type Limits = Config['limits']

const MANY = 1_000_000
const ample = { perAddress: MANY, total: MANY, seconds: 60 }

export const AMPLE_LIMITS: Limits = {
  registration: ample,
  pushedRequest: ample,
  authorization: ample,
  documentFetch: ample,
  signIn: { perAddress: MANY, seconds: 60 },
  upstreamEvent: { perAddress: MANY, seconds: 60 },
  failure: { perClientAndAddress: MANY, seconds: 60 },
  tokenExchange: { perAccount: MANY, seconds: 60 },
}
