import type { Catalogue } from '../catalogue.ts'
import { account, connect, logout } from './account.ts'
import { consent, oidcLines } from './consent.ts'
import { landing, links, message, refusal } from './messages.ts'
import { problems } from './problems.ts'

export const ptBr: Catalogue = {
  language: 'pt-BR',
  direction: 'ltr',
  consent,
  account,
  connect,
  logout,
  oidcLines,
  message,
  landing,
  refusal,
  links,
  problems,
}
