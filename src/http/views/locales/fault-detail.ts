import type { AppError } from '../../../errors.ts'
import type { PageText } from '../error-pages.ts'
import type { Catalogue } from './catalogue.ts'

/** A translated page of a fault with its reason, which stays English: it is for a client's makers. */
export function withDetail(
  text: PageText,
  { detail }: AppError,
  faultDetail: Catalogue['message']['faultDetail'],
): PageText {
  if (detail === undefined) return text
  // A detail is a whole sentence; `faultDetail` ends it itself.
  return { ...text, message: `${text.message} ${faultDetail(detail.replace(/\.$/, ''))}` }
}
