export interface Person {
  readonly sub: string
  readonly name: string
  readonly given_name: string
  readonly family_name: string
  readonly email: string
  readonly email_verified: boolean
  readonly picture: string
  readonly groups: readonly string[]
}

// The people differ in the claims that access policies check: e-mail domain, verification, groups.
export const people: readonly Person[] = [
  {
    sub: 'dev-1815',
    name: 'Ada Byron',
    given_name: 'Ada',
    family_name: 'Byron',
    email: 'ada@example.com',
    email_verified: true,
    picture: 'https://example.com/people/ada.png',
    groups: ['engineering', 'admins'],
  },
  {
    sub: 'dev-1906',
    name: 'Grace Murray',
    given_name: 'Grace',
    family_name: 'Murray',
    email: 'grace@example.com',
    email_verified: true,
    picture: 'https://example.com/people/grace.png',
    groups: ['engineering'],
  },
  {
    sub: 'dev-1969',
    name: 'Linus Berg',
    given_name: 'Linus',
    family_name: 'Berg',
    email: 'linus@example.org',
    email_verified: false,
    picture: 'https://example.org/people/linus.png',
    groups: ['guests'],
  },
]

export type FindPerson = (sub: string | null | undefined) => Person | undefined

export const findPerson: FindPerson = (sub) => people.find((person) => person.sub === sub)
