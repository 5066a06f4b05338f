// The words about each key of the configuration file for docs/configuration.md, by its path. The schema has the type, and
// config/default.json the default. `*` stands for any one member.

/** The purpose of a part of the file, by its top-level key. */
export const SECTIONS: Readonly<Record<string, string>> = {
  resourceServers:
    'Your MCP servers, if they need more than an entry in `RESOURCES`. `RESOURCES` adds to this list.',
  defaultResource: 'The MCP server of requests that name none.',
  resourceDefaults: 'For MCP servers that have no scopes of their own.',
  clients: 'Clients that you register by hand. A client without a secret or keys is public.',
  knownPrivateUseRedirectUris:
    'Redirect URIs with a scheme of an app, of well-known clients. Add your own to `privateUseRedirectUris` instead: your list would replace this one.',
  privateUseRedirectUris:
    'Redirect URIs with a scheme of an app, e.g. `myapp://callback`, of your own clients.',
  registration: 'Which clients may register themselves (RFC 7591).',
  clientDocuments: 'Clients that publish a metadata document, whose `https` URL is the client id.',
  outbound: 'Fetching what clients publish ([outbound.md](outbound.md)).',
  lifetimes: 'How long tokens and records live.',
  limits:
    'How many requests are answered within `seconds`; beyond that, the server answers 429 with `Retry-After` ([operations.md](operations.md#rate-limits), [ADR 16](adr/0016-rate-limits.md)). An IPv6 address counts as its /64, and the networks of a /48 share four times the limit. If you change a limit, give all of its keys.',
  sharedEgress:
    'Addresses that many people share, by a name of your choice. They have no limit per address.',
  rotateConfidentialRefreshTokens:
    'Whether clients with a secret or keys get a new refresh token at each refresh. Public clients always do ([refresh-tokens.md](refresh-tokens.md)).',
  advertiseIssParameter:
    '`false` lets in [clients that drop `iss`](clients.md#clients-that-drop-iss), at a price.',
  crossOriginOpenerPolicy:
    '`same-origin` breaks websites that sign in through a popup ([consent.md](consent.md#sign-in-in-a-popup)).',
  connections: 'Limits of connections ([operations.md](operations.md#connections)).',
  shutdownDelaySeconds:
    'After SIGTERM, how long new connections are still accepted, while `/readyz` answers 503 ([operations.md](operations.md#stop)).',
  drainSeconds: 'How long requests in progress may take after that.',
  consent: 'For `CONSENT=remember` ([consent.md](consent.md#remembered-approvals)).',
  wellKnownClients:
    'Clients that people know, by name. The consent page warns of others with a name that reads the same, and not of their hosts. Your entries are added to these ([consent.md](consent.md#warnings)).',
  branding: 'The look of the pages ([consent.md](consent.md#branding)).',
  access:
    'Access to MCP servers: rules about people, and the claims that they use ([access.md](access.md)).',
  upstream:
    'Events that the provider sends, and overrides of its preset. A member that your file does not name is the preset’s ([providers.md](providers.md)).',
  revalidation:
    'How often the provider is asked again about people who signed in ([access.md](access.md#re-validation)).',
}

export const MEANINGS: Readonly<Record<string, string>> = {
  'resourceServers[].resource':
    'The URI of the MCP server, as its clients use it: the `aud` of its tokens.',
  'resourceServers[].aliases':
    'Other URIs that clients use for it. A token for an alias has that alias as `aud` ([clients.md](clients.md#clients-that-name-another-resource)).',
  'resourceServers[].name': 'Its name on pages. Without it, the host of `resource`.',
  'resourceServers[].scopes':
    'Its scopes, each with a line that says what it allows, or a line for each language and its `risk` ([consent.md](consent.md#scopes-that-change-or-delete-things)). Without it, those of `resourceDefaults`.',
  'resourceServers[].defaultScopes':
    'The scopes of a request that names none. Without it, all of `scopes`.',
  'resourceServers[].accessTokenSeconds':
    'How long its access tokens live. Without it, `lifetimes.accessTokenSeconds`. Below 420, some clients refresh at almost every call.',
  'resourceServers[].introspectionSecretEnv':
    'The environment variable with its secret for `/introspect`, of at least 16 characters. Its client id is `resource`. `NAME_FILE` works too.',
  'resourceServers[].tokenClaims':
    'Claims about the person in its access tokens ([access.md](access.md#what-mcp-servers-and-clients-learn)).',
  'resourceServers[].upstreamTokens':
    'It may exchange its callers’ tokens for the provider’s ([access.md](access.md#tokens-of-the-upstream-for-mcp-servers)). Needs `introspectionSecretEnv`.',
  'resourceServers[].upstreamTokens.scopes': 'The provider’s scopes that it needs.',

  'resourceDefaults.scopes': 'Their scopes.',
  'resourceDefaults.defaultScopes': 'The scopes of a request that names none.',

  'clients[].client_id': 'The client id.',
  'clients[].client_name': 'The name on pages.',
  'clients[].redirect_uris':
    'The redirect URIs, compared character by character; the port of loopback URIs may differ.',
  'clients[].post_logout_redirect_uris':
    'Where it may send people after `/logout` ([account.md](account.md#signing-out-for-a-client-openid-connect-rp-initiated-logout-10)).',
  'clients[].client_uri': 'Its website.',
  'clients[].defaultResource':
    'The MCP server of its requests that name none, instead of the top-level `defaultResource`.',
  'clients[].clientSecretEnv':
    'The environment variable with its secret, of at least 16 characters. `NAME_FILE` works too.',
  'clients[].jwks': 'Its public keys, for `private_key_jwt`.',
  'clients[].jwks_uri': 'The https URL of its public keys, instead of `jwks`.',

  'registration.mode':
    '`open`: any client may. `token`: with `REGISTRATION_TOKEN` as bearer token. `off`: none.',
  'registration.management':
    'Whether a registration gets a token to read, change and delete it (RFC 7592).',

  'clientDocuments.enabled': 'Whether such clients are accepted.',
  'clientDocuments.allowedHosts':
    'Only documents from these hosts; `*.example.com` for all subdomains. Empty: all hosts.',
  'clientDocuments.minFreshSeconds': 'A copy is used at least so long before it is fetched again.',
  'clientDocuments.maxFreshSeconds': 'A copy is used at most so long before it is fetched again.',
  'clientDocuments.keepSeconds':
    'How long the last valid copy is used after tokens were last issued to the client, if fetches fail. At least a day longer than `lifetimes.refreshTokenSeconds`.',
  'clientDocuments.retrySeconds': 'How long to wait after a failed fetch.',

  'outbound.privateHosts':
    'Hosts whose documents and keys may be fetched from private addresses and from any port.',
  'outbound.timeoutSeconds': 'How long a fetch may take.',

  'lifetimes.accessTokenSeconds': 'An access token.',
  'lifetimes.authorizationCodeSeconds': 'An authorization code.',
  'lifetimes.clientSeconds':
    'A registration since the client last got a token. At least a day longer than `refreshTokenSeconds`.',
  'lifetimes.idTokenSeconds': 'An ID token.',
  'lifetimes.interactionSeconds': 'An authorization request that waits for the person.',
  'lifetimes.loginAttemptSeconds': 'The way to the provider and back.',
  'lifetimes.refreshTokenSeconds': 'A refresh token that is not used.',
  'lifetimes.refreshMaxLifetimeSeconds': 'A grant, however often its refresh token is used.',
  'lifetimes.refreshReuseWindowSeconds':
    'How long a refresh token that was used still gets the newest one ([refresh-tokens.md](refresh-tokens.md#what-another-window-costs)).',
  'lifetimes.sessionSeconds': 'A browser’s sign-in, since it was last used.',
  'lifetimes.unusedClientSeconds': 'A registration that nobody has approved.',

  'limits.registration': '`/register`',
  'limits.pushedRequest': '`/par`',
  'limits.authorization': '`/authorize`, and sign-ins that begin at `/account` or `/connect`.',
  'limits.signIn':
    'Approvals on the consent page, responses of the provider, the account page and `/logout`.',
  'limits.upstreamEvent': 'Logout tokens and global token revocations.',
  'limits.documentFetch':
    'Fetches of clients’ documents and keys. Each site that has answered has a total of its own.',
  'limits.failure':
    'Requests that fail at `/token`, `/par`, `/revoke` and `/introspect`. A request that succeeds never counts.',
  'limits.tokenExchange': 'Exchanges of a token for the provider’s.',
  'limits.*.perAddress': 'For each address.',
  'limits.*.total': 'For all senders together.',
  'limits.*.perClientAndAddress': 'For each client and address.',
  'limits.*.perAccount': 'For each person and MCP server.',
  'limits.*.seconds': 'The time in which they are counted.',

  'wellKnownClients.NAME.hosts':
    'Where its answers go and its metadata documents are: host names, or `*.domain`.',
  'wellKnownClients.NAME.onDevice':
    'It is a program on people’s computers too, so a client there may have this name.',
  'wellKnownClients.NAME.asPrefix': 'Names that begin with this one belong to it too.',

  'sharedEgress.NAME.source': 'Where the ranges are published.',
  'sharedEgress.NAME.asOf': 'The day on which they were compared with `source`.',
  'sharedEgress.NAME.ranges': 'The ranges, such as `192.0.2.0/24`.',

  'connections.keepAliveSeconds':
    'How long an idle connection is kept. Longer than the proxy in front keeps its own.',
  'connections.headersSeconds':
    'How long the headers of a request may take. At most `requestSeconds`.',
  'connections.requestSeconds': 'How long a whole request may take to arrive.',
  'connections.responseSeconds':
    'How long nothing may move while a request arrives or a response is due.',
  'connections.maxConnections': 'Above it, new connections are closed.',
  'connections.maxRequests': 'Above it, requests get 503 with `Retry-After`.',

  'consent.rememberLoopback':
    'Whether approvals are remembered for responses to a loopback address, which any program on the computer could receive.',
  'consent.rememberPrivateUse': 'The same for schemes of apps, which any app can claim.',
  'consent.forwardingRedirectUris':
    'Web pages that forward the response to a program on the person’s computer: treated like loopback.',

  'branding.name': 'The name at the top of every page.',
  'branding.logoFile':
    'A PNG, JPEG, WebP or SVG of up to 256 KiB; a path relative to the folder of the file. Needs `name`.',
  'branding.pageTitle':
    'The end of every page’s title in browser tabs: one line, or one for each language. Without it, `name`.',
  'branding.logoDarkFile': 'Another logo for dark pages.',
  'branding.faviconFile': 'The icon of browser tabs: a PNG, SVG or ICO of up to 256 KiB.',
  'branding.accentColor':
    'The colour of buttons, as `#rrggbb`, with a contrast of at least 4.5 to white.',
  'branding.linkAccount': 'Whether pages link to the account page. Without it: `true`.',
  'branding.termsUrl': 'A link to your terms of use.',
  'branding.privacyUrl': 'A link to your privacy statement.',
  'branding.supportUrl': 'A link to your support, https or mailto.',

  'access.rules':
    'The rules ([access.md](access.md#rules)). Empty: everybody whom the provider signs in.',
  'access.contact':
    'Whom a person asks who is refused: an e-mail address, an https URL, or a line of text.',
  'access.claims':
    'The claims of the provider that are kept for rules, by names of your own: a path, `{ "keys-of": … }`, or `true` for the path of the preset.',
  'access.scopeClaims': 'Claims that a scope adds to the ID token and `/userinfo`.',
  'access.scopeClaims.openid': 'Names of `access.claims`.',
  'access.scopeClaims.profile': 'Names of `access.claims`.',
  'access.scopeClaims.email': 'Names of `access.claims`.',

  'revalidation.mode': '`auto`: on if there are access rules.',
  'revalidation.revalidateSeconds':
    'A refresh asks the provider if its last word about the person is older.',
  'revalidation.graceSeconds':
    'For how long after that word refreshes go on while the provider has trouble.',
  'revalidation.unverifiedLifetimeSeconds': 'The same for people whom the server cannot ask about.',

  'upstream.backchannelLogout':
    'What a logout token of the provider ends: nothing, browser sessions, or grants too ([access.md](access.md#when-somebody-leaves)).',
  'upstream.globalTokenRevocation':
    'Requests that end all access of a person ([access.md](access.md#universal-logout-with-okta)).',
  'upstream.globalTokenRevocation.enabled': 'Whether they are accepted.',
  'upstream.globalTokenRevocation.issuer':
    'Who signs them, if not the provider itself. Needs `jwksUri`.',
  'upstream.globalTokenRevocation.jwksUri': 'The keys of that signer.',
  'upstream.globalTokenRevocation.emailDomains':
    'The domains of the addresses by which it may name people.',
  'upstream.protocol':
    '`oauth`: plain OAuth 2.0, without ID tokens; userinfo says who the person is.',
  'upstream.subject': 'The claims that name a person for ever.',
  'upstream.scopes': 'The scopes to request. `UPSTREAM_SCOPES` overrides them.',
  'upstream.claimScopes': 'Scopes to add if `access.claims` has the name with `true`.',
  'upstream.parameters': 'Extra parameters of the authorization request.',
  'upstream.dropParameters': 'Parameters that are never sent, also if `UPSTREAM_PARAMS` has them.',
  'upstream.authMethod': 'How this server authenticates. Without it, discovery decides.',
  'upstream.assertionAudience': 'The `aud` of client assertions.',
  'upstream.claims': 'Where the provider puts claims, by the names that `access.claims` may list.',
  'upstream.verifiedEmail':
    '`claim`: an address counts if `email_verified` is true. `{ "claim": … }`: if a claim of another name is.',
  'upstream.emailDomainClaim': 'Rules about e-mail domains count only if this claim is the domain.',
  'upstream.userinfo': '`thin`: asked if the ID token lacks a claim that is wanted.',
  'upstream.api': 'An API that has what the ID token lacks.',
  'upstream.tenantClaim': 'The claim that names the person’s organisation, for `UPSTREAM_TENANTS`.',
  'upstream.sharedIssuers':
    'With one of these segments in its path, the issuer is shared by tenants, which must then be listed.',
  'upstream.refreshTokens': 'When the provider gives refresh tokens.',
  'upstream.refreshScopes': 'Scopes to add if this server needs refresh tokens.',
  'upstream.refreshParameters': 'Parameters to add if this server needs refresh tokens.',
  'upstream.revalidation': 'How the provider can be asked again about a person.',
  'upstream.discovery': 'Members of the discovery document; `{issuer}` is the issuer.',
  'upstream.percentEncodedSpaces':
    'Whether a space in the authorization request is `%20` instead of `+`.',
  'upstream.issuerSlash': 'Whether the issuer ends with a slash, for `npm run -s check-config`.',
}
