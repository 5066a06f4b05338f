// The callers that may register a client (RFC 7591), and whether clients may manage their registration (RFC 7592).
import type { FileSettings } from './file-schema.ts'
import type { ReportFault } from './read/read-secret.ts'

export interface RegistrationConfig {
  readonly mode: FileSettings['registration']['mode']
  /** The initial access token of mode `token`; undefined in the other modes. */
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
  // An operator who sets it believes that registration is closed.
  if (mode !== 'token' && token !== undefined) {
    reportFault(
      'REGISTRATION_TOKEN',
      'has no effect: set registration.mode in CONFIG_FILE to token, or remove it',
    )
  }
  if (mode === 'off' && management) {
    reportFault(
      'CONFIG_FILE registration.management',
      'must be false when registration.mode is off',
    )
  }
  return { mode, management, token }
}
