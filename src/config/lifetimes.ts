// What lifetimes owe to each other.
import type { Lifetimes } from './file-schema.ts'
import type { Report } from './read-secret.ts'

const DAY_SECONDS = 24 * 60 * 60

/** A client is renewed once a day at most, and must outlive the refresh tokens of its grants. */
export function checkLifetimes(lifetimes: Lifetimes, fault: Report): void {
  const { clientSeconds, refreshTokenSeconds, refreshMaxLifetimeSeconds } = lifetimes
  if (clientSeconds < refreshTokenSeconds + DAY_SECONDS) {
    fault('CONFIG_FILE lifetimes.clientSeconds', 'must be a day longer than refreshTokenSeconds')
  }
  if (refreshMaxLifetimeSeconds < refreshTokenSeconds) {
    fault(
      'CONFIG_FILE lifetimes.refreshMaxLifetimeSeconds',
      'must not be less than refreshTokenSeconds',
    )
  }
}
