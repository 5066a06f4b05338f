import { z } from 'zod'

/** `host` or `*.domain`. */
export const hostName = z
  .string()
  .regex(
    /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
    'must be a host name in lower case, or *.domain',
  )
