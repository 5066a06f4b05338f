// The part of the configuration file about connections: how long each may wait for what, and the stop on SIGTERM.
import { z } from 'zod'

// A day at most: a timer cannot wait for more than 24 days.
const seconds = z
  .int('must be a whole number of seconds')
  .positive('must be positive')
  .max(86_400, 'must be at most a day')

export const connectionsSchema = z
  .strictObject({
    /** How long an idle connection is kept. Longer than the proxy in front keeps its own. */
    keepAliveSeconds: seconds,
    /** How long a connection may take to send its first request's headers, or a later one's from its first byte. */
    headersSeconds: seconds,
    /** How long a whole request may take to arrive, headers included. */
    requestSeconds: seconds,
    /** How long a connection may be still while a request arrives, or while a response is due or not read. */
    responseSeconds: seconds.min(10, 'must be at least 10, because a request times out after 9'),
    maxConnections: z.int('must be a whole number').positive('must be positive'),
    /** How many requests are processed at once. The rest is told to try again. */
    maxRequests: z.int('must be a whole number').positive('must be positive'),
  })
  .refine(
    ({ headersSeconds, requestSeconds }) => headersSeconds <= requestSeconds,
    'headersSeconds must not be greater than requestSeconds, which includes it',
  )

export type ConnectionSettings = z.infer<typeof connectionsSchema>

export const stopSeconds = z
  .int('must be a whole number of seconds')
  .min(0, 'must not be negative')
  .max(3600, 'must be at most an hour')
