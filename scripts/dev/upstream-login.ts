import { text } from 'node:stream/consumers'
import type { Middleware } from 'koa'
import type Provider from 'oidc-provider'
import type { InteractionResults } from 'oidc-provider'
import type { FindPerson, Person } from './people.ts'
import { loginPage } from './upstream-pages.ts'

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>

/** GET and POST /interaction/:uid: one page answers every prompt of the engine. */
export function createLogin(provider: Provider, findPerson: FindPerson): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()

    const interaction = await provider.interactionDetails(ctx.req, ctx.res)
    ctx.set('Cache-Control', 'no-store')
    if (ctx.method !== 'POST') {
      const loginHint = interaction.params['login_hint']
      ctx.body = loginPage({ loginHint: typeof loginHint === 'string' ? loginHint : undefined })
      return
    }

    const form = new URLSearchParams(await text(ctx.req))
    const person = findPerson(form.get('person'))
    if (!person && !form.has('cancel')) ctx.throw(400, 'choose a person')
    if (person) await endOtherSession(provider, interaction, person)
    await provider.interactionFinished(ctx.req, ctx.res, resultFor(person), {
      mergeWithLastSubmission: false,
    })
  }
}

function resultFor(person: Person | undefined): InteractionResults {
  if (!person) {
    return { error: 'access_denied', error_description: 'the sign-in was cancelled' }
  }
  // Choosing a person answers `prompt=select_account` and `prompt=consent` too.
  return { login: { accountId: person.sub }, select_account: {}, consent: {} }
}

// If another person's session still exists, the engine answers with a page that submits itself by script,
// and the user agent of the tests runs no scripts.
async function endOtherSession(provider: Provider, interaction: Interaction, person: Person) {
  const { session } = interaction
  if (!session?.accountId || session.accountId === person.sub) return
  const stored = await provider.Session.findByUid(session.uid)
  await stored?.destroy()
  interaction.session = undefined
  await interaction.persist()
}
