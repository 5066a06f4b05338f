// The words of the consent page, and of the pages that describe a client in the same way.
import type { ScopeRisk } from '../../../config/consent/scope-text.ts'
import type { Html } from '../html.ts'

/** Arguments are names and addresses, ready for use in a sentence. */
export interface ConsentWords {
  readonly unnamedClient: string
  /** The title of the browser tab. */
  readonly title: (client: string) => string
  /** @param client its name, and how verified it is */
  readonly heading: (client: Html, resource: Html) => Html
  readonly verifiedDomain: (host: Html) => Html
  readonly registeredByAdministrator: string
  readonly unverified: string
  readonly switchAccount: string

  readonly aboutYou: string
  readonly inResource: (resource: Html) => Html
  /** What the MCP server may do at the upstream in the person's name. */
  readonly inUpstream: (upstream: Html, resource: Html) => Html
  /** For an upstream without names for it. */
  readonly upstreamAccount: string
  readonly noScopes: string
  /** Marks permissions in a request that also has allowed ones. */
  readonly newMark: string
  readonly risks: Readonly<Record<ScopeRisk, string>>
  /** The heading of permissions that remain. */
  readonly allowedEarlier: string
  readonly allowedOn: (day: Html) => Html
  readonly youAllowedEarlier: string
  readonly youAllowedOn: (day: Html) => Html

  readonly sentBack: (destination: Html) => Html
  /** For a person who is not signed in. */
  readonly signInThenBack: (upstream: Html, destination: Html) => Html
  /** Where the browser goes, as the end of the two sentences above. */
  readonly destinations: {
    readonly loopback: (host: Html) => Html
    /** A website that passes the answer on. */
    readonly through: (host: Html) => Html
    readonly app: string
  }
  readonly onlyIfStarted: string

  /** Before each warning. */
  readonly careful: string
  readonly nameImitates: (known: Html) => Html
  readonly addressUnknown: string
  readonly schemeUnowned: (scheme: Html) => Html

  readonly allow: string
  readonly deny: string
  readonly staysConnected: (duration: Html) => Html
  readonly accessLasts: (duration: Html) => Html
  readonly endItIn: (account: Html) => Html
  /** The text of the link in `endItIn`. */
  readonly yourAccount: string
  readonly unexpected: string

  readonly details: {
    readonly heading: string
    readonly fullAddress: string
    readonly anyProgram: string
    readonly resource: string
    readonly scopes: string
    readonly clientId: string
    readonly registration: string
    readonly fromDocument: (host: Html) => Html
    readonly byItself: string
    readonly byAdministrator: string
    readonly access: string
    readonly endsUnused: (idle: Html, longest: Html) => Html
    readonly endsAfter: (duration: Html) => Html
  }
}
