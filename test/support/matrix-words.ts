// The words of docs/clients.md around what the tests observed.

export const INTRODUCTION = `# Clients

Which MCP clients can connect, what you can set for them, and how the known ones fare.

## How a client is known

| how | clients, for example | settings in the file of \`CONFIG_FILE\` |
|---|---|---|
| by a metadata document, whose \`https\` URL is the client id | Claude, ChatGPT, VS Code, Goose | \`clientDocuments.enabled\`; \`clientDocuments.allowedHosts\` allows only documents from those hosts, \`*.example.com\` for all subdomains |
| by registration | Cursor, mcp-remote, Inspector, older clients | \`registration.mode\`: \`open\`, \`token\` (with \`REGISTRATION_TOKEN\` as bearer token) or \`off\`; \`registration.management\` gives each registration a token to read, change or delete it (RFC 7592) |
| by hand | your own clients | \`clients\`, with \`clientSecretEnv\`, \`jwks\` or \`jwks_uri\`; or public, with none of them |

**Redirect URIs** are compared character by character. For loopback http, the port may differ, and \`localhost\`, \`127.0.0.1\` and
\`[::1]\` count as the same host. Private-use URIs (\`cursor://…\`) are accepted if they are listed:
\`knownPrivateUseRedirectUris\` has those of Cursor and Claude. Add yours to \`privateUseRedirectUris\`.

**PAR and DPoP.** Clients may push their requests (\`/par\`) and bind their tokens to a key (DPoP), but need not. A client that
registers \`dpop_bound_access_tokens\` gets no token without a proof.

**Keys of clients.** A client that authenticates with \`private_key_jwt\` has at most 10 keys: RSA of 2048 to 4096 bits with the
exponent 65537, P-256, P-384 or Ed25519, for RS256, ES256, ES384, EdDSA or Ed25519. Other keys, and keys whose \`kid\` is longer
than 256 characters, are ignored. If several keys fit, its assertions must name one by \`kid\`: at most two keys are tried.

**Fetching documents and keys.** They are fetched over https, on port 443, from public addresses, and redirects are not followed.
If a fetch fails, the last valid copy is used: for \`clientDocuments.keepSeconds\` after tokens were last issued to the client, which
is at least as long as a refresh token lives, or for a day if nobody approved the client. Each sender and each site has a limited
number of fetches at a time ([ADR 19](adr/0019-fetch-slots.md)), so list your proxy in \`TRUSTED_PROXIES\`. If one of your hosts
resolves to private addresses, or uses another port, list it in \`outbound.privateHosts\`.

**Without a direct way to the internet**, set \`HTTPS_PROXY\`, and have the proxy refuse private destinations. If there is no way out
at all, set \`clientDocuments.enabled\` to \`false\`: clients then register. [outbound.md](outbound.md) has the details.

## Known clients

This table shows how real MCP clients connect, and how far they get: registration or metadata document,
authorization, consent, sign-in, token, refresh, and a tool call at an MCP server.
\`test/integration/client-matrix.test.ts\` runs every row with each of its redirect URIs and writes this
file (\`RENEW_DOCS=1\`). *Forgiven* lists what a stricter server would reject. The same rules apply to
clients that are not listed: any \`https\` redirect URI is accepted, and any loopback URI on any port, but
none at the origin of this server.
VS Code uses loopback URIs and \`https://vscode.dev/redirect\`, so it needs no private-use URI. To accept
the private-use URIs of other clients, list them in \`privateUseRedirectUris\`.

Goose, Claude Code, and Cline outside VS Code share a token between processes and do not read it again before a refresh.
To see what each client does, and what that costs, read [refresh-tokens.md](refresh-tokens.md).

`

export const SOURCES = `## Where the rows come from

The tests send what these clients send. Few of the clients themselves run in the tests: use-mcp, @ai-sdk/mcp, mcp-remote,
the Inspector, and the official SDKs 1.11, 1.x and 2.x (\`test/e2e\`). *By hand* means that the client itself was run
against this server once, on 2026-11-22, and signed in and refreshed. The other sources below were read on 2026-11-21 and
2026-11-22. Rows that are not listed come from vendors' documentation and public issue threads.

`

export const NOTES = `## Clients that drop \`iss\`

Every authorization response of this server has \`iss\` (RFC 9207), and the metadata says so
(\`authorization_response_iss_parameter_supported\`). A client that reads the metadata then refuses a response without
\`iss\`. Some clients lose it themselves: mcp-remote 0.9 to 0.13, and applications that call \`finishAuth(code)\` of the
official SDK 2.x. They fail after the person has signed in. Update them if you can: \`finishAuth\` accepts all
parameters of the response.

If you cannot, set \`"advertiseIssParameter": false\` in \`CONFIG_FILE\`. Responses still have \`iss\`. The price:

- \`iss\` tells a client with several authorization servers which of them has answered (mix-up attacks). Clients that look at
  it only if it is advertised no longer check it, and no client notices that somebody removed it.
- RFC 9207 and MCP require the advertisement of servers that send \`iss\`.
- ChatGPT uses its stable redirect URI and its document \`https://chatgpt.com/oauth/client.json\` only if it is advertised.
  Without it, each connector has a redirect URI of its own.

## Clients that name another resource

A client names the MCP server in \`resource\`. mcp-use 1.x names its origin, whatever the path. If the origin is not
configured, the request ends with \`invalid_target\`. The request's log line (\`target\`), and the error page if the
person sees one, name what the client asked for and what is configured. If both are the same MCP server, add what the
client asked for to its \`aliases\` in \`CONFIG_FILE\`, and let the MCP server accept that audience too
([mcp-servers.md](mcp-servers.md#several-mcp-servers-and-other-spellings)).

## Clients that name no resource

With one MCP server, a request without \`resource\` is for that one. With several, it gets \`invalid_target\`, unless
\`defaultResource\` is set. FastMCP's OAuth proxy never sends one. It is a client that you configure, so give its entry in
\`clients\` a \`defaultResource\` of its own, the MCP server behind that proxy:

\`\`\`json
{
  "clients": [
    {
      "client_id": "fastmcp",
      "client_name": "FastMCP",
      "redirect_uris": ["https://mcp.example.com/auth/callback"],
      "clientSecretEnv": "FASTMCP_CLIENT_SECRET",
      "defaultResource": "https://mcp.example.com/mcp"
    }
  ]
}
\`\`\`

## Clients that renew early

Gemini CLI, qwen-code, Claude Code and VS Code renew an access token five minutes before it expires. If
\`accessTokenSeconds\` is 300, every call is preceded by a refresh. Set it to 420 or more; the default is 900. At its
start, the server warns about each resource server with a lower value.`

export const SETTINGS = `## Settings for some clients

**mod_auth_openidc** is not an MCP client: Apache signs people in with it and passes the token on. List it in \`clients\` with
its redirect URI and \`clientSecretEnv\`, and turn PKCE on:

<!-- not run: settings of Apache, which the tests do not start; test/integration/client-matrix.test.ts sends what it sends -->
\`\`\`apache
OIDCProviderMetadataURL https://auth.example.com/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret …
OIDCRedirectURI https://www.example.com/protected/redirect_uri
OIDCScope "openid email profile mcp:tools"
OIDCPKCEMethod S256
\`\`\`

Name the scopes of the MCP server in \`OIDCScope\`, here \`mcp:tools\`. Otherwise the first token has them all, but Apache
repeats \`OIDCScope\` when it refreshes (\`OIDCRefreshAccessTokenBeforeExpiry\`), so the next tokens have none.

**Clients built on the SDK up to 1.11, and Amp,** look for this server's metadata at the MCP server's
origin ([mcp-servers.md](mcp-servers.md#older-clients)).`

export const SERVERS = `## Frameworks for MCP servers

[mcp-servers.md](mcp-servers.md#frameworks) has the settings for fastmcp, mcp-framework, mcp-handler, mcp-use and xmcp.
`
