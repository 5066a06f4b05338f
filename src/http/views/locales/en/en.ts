import { ENGINE_PAGES, FAULT_TITLES } from '../../error-pages.ts'
import type { Catalogue } from '../catalogue.ts'
import { account, connect, logout } from './account.ts'
import { consent, oidcLines } from './consent.ts'
import { links, message, refusal } from './messages.ts'

/** The words of our faults are in faults.ts, because clients read them too. */
export const en: Catalogue = {
  language: 'en',
  direction: 'ltr',
  consent,
  account,
  connect,
  logout,
  oidcLines,
  message,
  refusal,
  links,
  describeFault: (fault) => ({
    title: FAULT_TITLES[fault.code] ?? 'This did not work',
    message: fault.description,
    nextSteps: fault.nextSteps,
  }),
  enginePages: ENGINE_PAGES,
}
