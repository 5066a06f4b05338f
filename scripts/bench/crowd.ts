// The people of the benchmark: a new one for each journey. One account with hundreds of clients, used by 16 browsers at
// once, would be a case of its own.
import { randomBytes } from 'node:crypto'
import { type FindPerson, people } from '../dev/people.ts'

const PREFIX = 'person-'

/** @returns a subject that `findPerson` knows */
export function createPerson(): string {
  return PREFIX + randomBytes(8).toString('hex')
}

export const findPerson: FindPerson = (sub) => {
  const [one] = people
  return one && sub?.startsWith(PREFIX) ? { ...one, sub } : undefined
}
