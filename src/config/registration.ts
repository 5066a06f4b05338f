// Who may register a client (RFC 7591), and whether it may change what it said (RFC 7592).
import type { FileSettings } from './file-schema.ts'
import type { ReportFault } from './read-secret.ts'

export interface RegistrationConfig {
  readonly mode: FileSettings['registration']['mode']
  /** The initial access token of mode `token`; undefined in the others. */
  readonly token: string | undefined
  readonly management: boolean
}

export function resolveRegistration(
  { registration: { mode, management } }: FileSettings,
  token: string | undefined,
  reportFault: ReportFault,
): RegistrationConfig {
  if (mode === 'token' && token === undefined) {
    reportFault('REGISTRATION_TOKEN', 'is required: registration.mode in CONFIG_FILE is token')
  }
  // Whoever sets it takes registration for closed.
  if (mode !== 'token' && token !== undefined) {
    reportFault('REGISTRATION_TOKEN', 'needs registration.mode token in CONFIG_FILE')
  }
  if (mode === 'off' && management) {
    reportFault(
      'CONFIG_FILE registration.management',
      'must be false when registration.mode is off',
    )
  }
  return { mode, management, token }
}
