// The part of the configuration file about the stop on SIGTERM.
import { z } from 'zod'

export const stopSeconds = z
  .int('must be a whole number of seconds')
  .min(0, 'must not be negative')
  .max(3600, 'must be at most an hour')
