import type { Catalogue } from '../catalogue.ts'
import { withDetail } from '../fault-detail.ts'
import { account, connect, logout } from './account.ts'
import { consent, oidcLines } from './consent.ts'
import { enginePages, faults } from './faults.ts'
import { links, message, refusal } from './messages.ts'

export const es: Catalogue = {
  language: 'es',
  direction: 'ltr',
  consent,
  account,
  connect,
  logout,
  oidcLines,
  message,
  refusal,
  links,
  describeFault: (fault) => withDetail(faults[fault.code], fault, message.faultDetail),
  enginePages,
}
