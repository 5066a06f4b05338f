// Lifetimes that depend on each other: records that tokens need must outlive the tokens.
import type { ClientDocumentSettings, FileSettings, Lifetimes } from './file-schema.ts'
import type { ReportFault } from './read/read-secret.ts'

export const DAY_SECONDS = 24 * 60 * 60

/** A client is renewed at most once a day and must outlive the refresh tokens of its grants. */
export function checkLifetimes(lifetimes: Lifetimes, reportFault: ReportFault): void {
  const { clientSeconds, refreshTokenSeconds, refreshMaxLifetimeSeconds } = lifetimes
  if (clientSeconds < refreshTokenSeconds + DAY_SECONDS) {
    reportFault(
      'CONFIG_FILE lifetimes.clientSeconds',
      'must be at least a day longer than refreshTokenSeconds',
    )
  }
  if (refreshMaxLifetimeSeconds < refreshTokenSeconds) {
    reportFault(
      'CONFIG_FILE lifetimes.refreshMaxLifetimeSeconds',
      'must not be less than refreshTokenSeconds',
    )
  }
}

/** Of an account, which must outlive its grants and browser sessions: it knows which of them have ended. */
export function accountSecondsOf({
  refreshMaxLifetimeSeconds,
  sessionSeconds,
}: Pick<Lifetimes, 'refreshMaxLifetimeSeconds' | 'sessionSeconds'>): number {
  return Math.max(refreshMaxLifetimeSeconds, sessionSeconds) + DAY_SECONDS
}

/** A refresh must not have to fetch a document that this server had when it issued the token. */
export function keepWhileTokensLive(file: FileSettings): ClientDocumentSettings {
  const { clientDocuments, lifetimes } = file
  const keepSeconds = Math.max(
    clientDocuments.keepSeconds,
    lifetimes.refreshTokenSeconds + DAY_SECONDS,
  )
  return { ...clientDocuments, keepSeconds }
}
