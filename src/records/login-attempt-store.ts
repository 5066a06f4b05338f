// The short record between the redirect to the upstream and its answer. Its id is the `state`.
import type { Records } from './records.ts'

export interface LoginAttempt {
  readonly interactionUid: string
  readonly nonce: string
  readonly codeVerifier: string
  /** Seconds; set when the client asked for a fresh login and the upstream has to prove it. */
  readonly maxAgeSeconds: number | undefined
}

export interface LoginAttemptStore {
  save(state: string, attempt: LoginAttempt): Promise<void>
  take(state: string): Promise<LoginAttempt | undefined>
}

export function createLoginAttemptStore(options: {
  records: Records
  ttlSeconds: number
}): LoginAttemptStore {
  const { records, ttlSeconds } = options
  return {
    save: (state, attempt) => records.save('LoginAttempt', state, attempt, ttlSeconds),
    take: async (state) => (await records.take('LoginAttempt', state)) as LoginAttempt | undefined,
  }
}
