// Events about people that this server accepts from the upstream, by `upstream` of the configuration file: docs/access.md.
import { domainToASCII } from 'node:url'
import { z } from 'zod'

const httpsUrl = z
  .string()
  .refine((url) => URL.parse(url)?.protocol === 'https:', 'must be an https URL')

const domain = z
  .string()
  .refine(
    (name) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name) && domainToASCII(name) === name,
    'must be a domain in lower case and ASCII, e.g. example.com',
  )

export const eventMembers = {
  /** Whether a logout token of the upstream ends browser sessions only, or grants too. */
  backchannelLogout: z.enum(['off', 'sessions', 'grants'], 'must be off, sessions or grants'),
  globalTokenRevocation: z
    .strictObject({
      enabled: z.boolean('must be true or false').default(true),
      /** The issuer that signs the requests, if it is not the upstream itself: an Okta organisation, for example. */
      issuer: httpsUrl.nullable().default(null),
      /** Its keys. */
      jwksUri: httpsUrl.nullable().default(null),
      /** The domains of the addresses by which it may name people. */
      emailDomains: z.array(domain).default([]),
    })
    .refine(
      ({ issuer, jwksUri }) => (issuer === null) === (jwksUri === null),
      'issuer and jwksUri must be set together',
    ),
}

export type UpstreamEventSettings = {
  readonly [K in keyof typeof eventMembers]: z.infer<(typeof eventMembers)[K]>
}
