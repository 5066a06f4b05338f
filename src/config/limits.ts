// `limits` and `sharedEgress` of the configuration file: docs/adr/0016-rate-limits.md has the reasons.
import { z } from 'zod'

const requests = z.int('must be a whole number').positive('must be positive')
// A day at most: the timers of the limiters cannot wait for more than 24 days.
const span = z
  .int('must be a whole number of seconds')
  .positive('must be positive')
  .max(86_400, 'must be at most a day')
/** The number of requests that are answered within `seconds`. */
const budget = z.strictObject({ perAddress: requests, total: requests, seconds: span })

export const egressSchema = z.strictObject({
  source: z.url().optional(),
  /** The day on which `ranges` were compared with `source`. */
  asOf: z.iso.date().nullable(),
  ranges: z.array(z.union([z.cidrv4(), z.cidrv6()], 'must be a range such as 192.0.2.0/24')),
})

export const limitsSchema = z.strictObject({
  registration: budget,
  pushedRequest: budget,
  authorization: budget,
  documentFetch: budget,
  /** Approvals on the consent page, and responses of the upstream. */
  signIn: z.strictObject({ perAddress: requests, seconds: span }),
  /** Logout tokens and global token revocations. */
  upstreamEvent: z.strictObject({ perAddress: requests, seconds: span }),
  failure: z.strictObject({ perClientAndAddress: requests, seconds: span }),
  /** Exchanges of a resource server's tokens for the upstream's, for each person. */
  tokenExchange: z.strictObject({ perAccount: requests, seconds: span }),
})
