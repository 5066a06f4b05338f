// The clients that people know by name. The consent page warns of others with a name that reads the same, and does not warn
// of the hosts in this list (domain/client-trust).
import { z } from 'zod'
import { hostName } from './host-name.ts'

const clientName = z
  .string()
  .trim()
  .min(1, 'must name a client')
  .max(80, 'must be 80 characters or less')

export const wellKnownClients = z.record(
  clientName,
  z.strictObject({
    /** Where its answers go and its metadata documents are: names, or `*.domain`. */
    hosts: z.array(hostName),
    /** It is a program on the person's device too: a client there may have this name. */
    onDevice: z.boolean('must be true or false'),
    /** Names that begin with this one belong to it too, such as "Claude Desktop". */
    asPrefix: z.boolean('must be true or false'),
  }),
)

export type WellKnownClientSettings = z.infer<typeof wellKnownClients>
