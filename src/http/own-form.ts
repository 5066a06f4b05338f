// The forms of pages that belong to no authorization request: the account page and the page that signs out.
import type { Context } from 'koa'
import type { CsrfTokens } from '../crypto/csrf-token.ts'
import { AppError } from '../errors.ts'
import { readForm } from './form-body.ts'

/** A browser reports its own pages as `same-origin`. Those of another host of our site are strangers too. */
const OWN = ['', 'same-origin', 'none']

/** For a form of the person whose session has this uid. It ends with the session, and is none of an interaction. */
export const formOfSession = (uid: string): string => `session:${uid}`

/** For a form of a browser in which nobody is signed in. */
export const formOfVisit = (visit: string): string => `visit:${visit}`

/**
 * Reads a form that a page of ours has sent.
 * @param id what the form belongs to; undefined: nothing any more
 * @throws AppError form_expired
 */
export async function readOwnForm(
  ctx: Context,
  csrfTokens: Pick<CsrfTokens, 'isValid'>,
  id: string | undefined,
): Promise<URLSearchParams> {
  const form = await readForm(ctx)
  const token = form.get('csrf_token') ?? undefined
  const isOwn = OWN.includes(ctx.get('Sec-Fetch-Site'))
  if (!isOwn || id === undefined || !csrfTokens.isValid(id, token)) {
    throw new AppError('form_expired')
  }
  return form
}
