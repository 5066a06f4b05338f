// The short record between the redirect to the upstream and its response. Its id is the `state`.
import type { LoginAttempt } from './record-values.ts'
import type { Records } from './records.ts'

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
    take: (state) => records.take('LoginAttempt', state),
  }
}
