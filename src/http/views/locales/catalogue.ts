// The words of the pages. Each language is one folder beside this file; the type ensures that it is complete.
import type { Language } from '../../../config/language.ts'
import type { OidcScope } from '../../../oauth/scopes.ts'
import type { Done } from '../account/account-page.ts'
import type { Html } from '../html.ts'
import type { Move, ProblemName, ProblemWords } from '../problems/problem.ts'
import type { ConsentWords } from './consent-words.ts'

/** Arguments are names and addresses, ready for use in a sentence. */
export interface Catalogue {
  readonly language: Language
  readonly direction: 'ltr' | 'rtl'
  readonly consent: ConsentWords
  readonly account: {
    readonly title: string
    readonly purpose: string
    readonly signIn: (upstream: Html) => Html
    readonly signedIn: (account: Html, upstream: Html) => Html
    readonly clientsWithAccess: string
    readonly noClients: string
    readonly unnamedClient: string
    readonly since: string
    readonly lastUsed: string
    readonly neverUsed: string
    readonly until: string
    readonly remove: string
    /** The label of the button `remove` for screen readers. It contains those words. */
    readonly removeOf: (client: Html, resource: Html) => Html
    readonly tokensRemain: (minutes: Html) => Html
    readonly idleEnds: (days: Html) => Html
    readonly removeAll: string
    readonly removeAllMeans: string
    readonly removeAllNow: string
    readonly signOut: string
    readonly clientsKeepAccess: string
    readonly upstreamRemains: (upstream: Html) => Html
    readonly signOutHere: string
    readonly signOutEverywhere: string
    readonly done: Readonly<Record<Done, string>>
  }
  readonly connect: {
    readonly pageTitle: string
    readonly title: (server: Html, upstream: Html) => Html
    readonly lead: (server: Html, upstream: Html) => Html
    readonly connect: (upstream: Html) => Html
    readonly footnote: string
    readonly connectedTitle: string
    readonly connected: (server: Html, account: Html, upstream: Html) => Html
    readonly goBack: string
  }
  readonly logout: {
    readonly title: string
    readonly asked: (client: Html) => Html
    readonly signOut: string
    readonly stay: string
    readonly signedOutTitle: string
    readonly signedOut: string
  }
  /** The description of each OpenID Connect scope. */
  readonly oidcLines: Readonly<Record<OidcScope, string>>
  readonly message: {
    /** The heading above the next steps: who can mend it. */
    readonly moves: Readonly<Record<Move, string>>
    readonly reference: (reference: Html) => Html
    readonly tryAgain: string
    readonly backToClient: string
    readonly anotherAccount: string
    /** The label of the button that leads to an unverified client's host. */
    readonly goOnTo: (host: string) => string
    readonly onlyIfKnown: string
    readonly details: string
    /** For a request for the wrong MCP server: what it asked for, and what this server knows. */
    readonly askedFor: string
    readonly askedForNone: string
    readonly knownHere: string
    /** The label of an error, which is in English. */
    readonly error: string
    readonly forSupport: string
    readonly howToCopy: string
  }
  readonly landing: {
    readonly title: string
    /** The heading. */
    readonly purpose: string
    readonly nothingToDo: string
    readonly account: string
    readonly forOperators: string
    readonly notAnMcpServer: string
    readonly oauthMetadata: string
    readonly openidMetadata: string
    readonly keys: string
    readonly isAlive: string
    readonly isReady: string
  }
  /** The page for a person whom the access rules refuse. */
  readonly refusal: {
    readonly title: string
    readonly signedIn: (account: Html, upstream: Html) => Html
    readonly mayNotUse: (resource: Html) => Html
    /** The person may use no MCP server of this authorization server. */
    readonly mayUseNothing: string
    /** The person may use the MCP server, and not with the scopes that the client asks for. */
    readonly mayNotGrant: (resource: Html) => Html
    readonly useAnother: string
    readonly ask: (contact: Html) => Html
    readonly askOperator: string
  }
  readonly links: {
    readonly label: string
    readonly terms: string
    readonly privacy: string
    readonly support: string
    readonly account: string
  }
  /** Error pages. */
  readonly problems: Readonly<Record<ProblemName, ProblemWords>>
}
