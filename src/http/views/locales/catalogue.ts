// What every language has to say. A language is one file beside this one; the types hold it complete.
import type { Language } from '../../../config/language.ts'
import type { AppError } from '../../../errors.ts'
import type { OidcScope } from '../../../oauth/scopes.ts'
import type { EnginePageName, PageText } from '../error-pages.ts'
import type { Html } from '../html.ts'

/** Arguments are names and addresses, ready to stand in a sentence. */
export interface Catalogue {
  readonly language: Language
  readonly consent: {
    readonly unnamedClient: string
    /** Of the tab. */
    readonly title: (client: string) => string
    readonly heading: (client: Html, resource: Html) => Html
    readonly whoIsAsking: string
    readonly whatItCouldDo: string
    readonly whereTheAnswerGoes: string
    readonly howYouSignIn: string
    readonly nameFromDocument: string
    readonly notVerified: string
    readonly registeredItself: string
    readonly setUpByOperator: string
    readonly atResource: (resource: Html) => Html
    readonly noScopes: string
    readonly newScopes: string
    readonly allowedScopes: string
    readonly careful: string
    readonly toLoopback: string
    readonly toPrivateUse: (scheme: Html) => Html
    readonly fullAddress: (address: Html) => Html
    readonly willSignIn: (upstream: Html) => Html
    readonly signedIn: (account: Html, upstream: Html) => Html
    readonly allow: string
    readonly allowAndSignIn: (upstream: Html) => Html
    readonly anotherAccount: string
    readonly deny: string
    readonly footnote: string
  }
  /** One line for each scope of OpenID Connect that this server knows. */
  readonly oidcLines: Readonly<Record<OidcScope, string>>
  readonly message: {
    readonly nextSteps: string
    readonly reference: (reference: Html) => Html
    readonly tryAgain: string
    readonly backToClient: string
    /** Of the button that leads to a host that nobody vouches for. */
    readonly goOnTo: (host: string) => string
    readonly onlyIfKnown: string
    /** What an error says of itself, in English and without a period at its end. */
    readonly faultDetail: (detail: string) => string
  }
  readonly links: {
    readonly label: string
    readonly terms: string
    readonly privacy: string
    readonly support: string
  }
  readonly describeFault: (fault: AppError) => PageText
  readonly enginePages: Readonly<Record<EnginePageName, PageText>>
}
