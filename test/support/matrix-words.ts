// The words of docs/clients.md around what the tests observed.

export const INTRODUCTION = `# Clients

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
([verify-tokens.md](verify-tokens.md)).

## Clients that name no resource

With one MCP server, a request without \`resource\` is for that one. With several, it gets \`invalid_target\`, unless
\`defaultResource\` is set. FastMCP's OAuth proxy never sends one. It is a client that you configure, so give its entry in
\`clients\` a \`defaultResource\` of its own: the MCP server behind that proxy.

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
origin ([verify-tokens.md](verify-tokens.md#older-clients)).`

export const SERVERS = `## Frameworks for MCP servers

[server-frameworks.md](server-frameworks.md) has the settings for fastmcp, mcp-framework, mcp-handler, mcp-use and xmcp.
`
