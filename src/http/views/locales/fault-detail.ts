import type { AppError } from '../../../errors.ts'
import type { PageText } from '../error-pages.ts'
import type { Catalogue } from './catalogue.ts'

/** Adds a fault's detail to its translated page, in English: it is for the client's developers. */
export function withDetail(
  text: PageText,
  { detail }: AppError,
  faultDetail: Catalogue['message']['faultDetail'],
): PageText {
  if (detail === undefined) return text
  // A detail is a whole sentence, but `faultDetail` adds the period itself.
  return { ...text, message: `${text.message} ${faultDetail(detail.replace(/\.$/, ''))}` }
}
