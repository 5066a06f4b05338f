// The words about each setting of the environment for docs/configuration.md. The schema has its type and default.
import type { environmentSchema } from '../../src/config/schema.ts'

type Setting = keyof typeof environmentSchema.shape

export interface EnvironmentMeaning {
  /** Markdown, relative to docs/. */
  readonly meaning: string
  /** If the schema knows only that it is text. */
  readonly type?: string
  /** If the schema has none: `required`, or what happens without it. */
  readonly unset?: string
}

export const ENVIRONMENT: readonly {
  readonly title: string
  readonly settings: Readonly<Partial<Record<Setting, EnvironmentMeaning>>>
}[] = [
  {
    title: 'This server',
    settings: {
      OIDC_ISSUER: {
        type: 'URL',
        meaning:
          'The public https origin of this server, without path or trailing slash; http only for loopback hosts. Clients compare it character by character and remember it: choose it once.',
      },
      ALLOW_ISSUER_PATH: {
        meaning:
          '`true`: `OIDC_ISSUER` may have a path, and every route begins with it. The proxy must pass on that path, and `/.well-known/oauth-authorization-server` and `/.well-known/openid-configuration` followed by that path. Some clients look for metadata only at the origin.',
      },
      OIDC_HOST: { type: 'address', meaning: 'The address that the server listens on.' },
      OIDC_PORT: {
        meaning: 'The port that the server listens on. 0 lets the system choose one.',
      },
      TRUSTED_PROXIES: {
        type: 'list',
        unset: 'none',
        meaning:
          'The proxies whose `X-Forwarded-For` counts: addresses, CIDR ranges, `loopback`, `linklocal`, `uniquelocal`. Without it, everybody shares the address of your proxy, and its rate limit.',
      },
      HTTPS_PROXY: {
        type: 'URL',
        unset: 'none',
        meaning:
          'The proxy for https connections to the internet: `http://HOST:PORT` or `https://HOST:PORT` ([outbound.md](outbound.md)). `https_proxy` works too.',
      },
      NO_PROXY: {
        type: 'list',
        unset: 'none',
        meaning:
          'The hosts that the server connects to directly: names (with all names below), addresses, CIDR ranges, or `*`. `no_proxy` works too.',
      },
      WORKERS: {
        type: 'whole number, 1–64',
        meaning:
          'How many processes share the port. Set it to the number of cores that the server may use, and never above ([operations.md](operations.md#workers)).',
      },
      LOG_LEVEL: { meaning: 'The least important lines that the log has.' },
      CONFIG_FILE: {
        type: 'path',
        unset: 'none',
        meaning:
          'A JSON file whose keys override `config/default.json`: [the second half](#the-configuration-file) of this page.',
      },
    },
  },
  {
    title: 'Keys',
    settings: {
      JWKS: {
        type: 'JWK Set',
        meaning:
          'The private keys that sign tokens, newest first, on one line ([how to rotate them](operations.md#rotate-the-signing-keys)). `npm run -s keygen` makes them. It needs an RS256 key, and one for `ACCESS_TOKEN_ALG`.',
      },
      SESSION_SECRET: {
        type: 'list',
        meaning:
          'Secrets of at least 32 bytes each, newest first. They seal what is stored and sign cookies: without them, the store is useless ([storage.md](storage.md#rotating-session_secret)). `npm run -s keygen -- --env` makes one.',
      },
      ACCESS_TOKEN_ALG: { meaning: 'The algorithm that signs access tokens.' },
      REGISTRATION_TOKEN: {
        type: 'text of at least 16 characters',
        unset: 'none',
        meaning:
          'The bearer token that registrations need if `registration.mode` is `token`. It must not be set in the other modes.',
      },
    },
  },
  {
    title: 'The OpenID provider (upstream)',
    settings: {
      UPSTREAM_ISSUER: {
        type: 'URL',
        meaning:
          'The issuer of your OpenID provider, exactly as its discovery document spells it, trailing slash included.',
      },
      UPSTREAM_CLIENT_ID: {
        meaning: 'The client id that the provider gave this server.',
      },
      UPSTREAM_CLIENT_SECRET: {
        unset: 'none: a public client',
        meaning: 'The client secret that the provider gave this server.',
      },
      UPSTREAM_PRESET: {
        type: 'name',
        unset: 'as the host of `UPSTREAM_ISSUER` says, else `openid`',
        meaning:
          'The kind of provider: the name of a file in `config/upstream` ([providers.md](providers.md)).',
      },
      UPSTREAM_TENANTS: {
        type: 'list',
        unset: 'all',
        meaning:
          'The organisations whose people may sign in (Entra tenants, Google Workspace domains …); `*` for all. Required if tenants share the issuer ([providers.md](providers.md#organisations)).',
      },
      UPSTREAM_SUBJECTS_OF: {
        type: 'URL',
        unset: '`UPSTREAM_ISSUER`',
        meaning:
          'The issuer that the provider had before, if only its URL has changed: people keep their subjects ([storage.md](storage.md#changing-upstream_issuer)).',
      },
      UPSTREAM_REDIRECT_URI: {
        type: 'URL',
        unset: '`OIDC_ISSUER/callback`',
        meaning:
          'Where the provider sends people back to. Register this URI there. It must begin with `OIDC_ISSUER`.',
      },
      UPSTREAM_AUTH_METHOD: {
        unset: 'as discovery says',
        meaning: 'How this server authenticates at the provider.',
      },
      UPSTREAM_PRIVATE_KEY: {
        type: 'JWK',
        unset: 'none',
        meaning: 'The private key for `private_key_jwt`, on one line.',
      },
      UPSTREAM_SCOPES: {
        type: 'list',
        unset: 'those of the preset: `openid profile email`',
        meaning: 'The scopes to request from the provider.',
      },
      UPSTREAM_PARAMS: {
        type: 'query or JSON object',
        unset: 'none',
        meaning:
          'Extra parameters for the authorization request at the provider, e.g. `organization=org_1&audience=https://api.example.com`.',
      },
      UPSTREAM_NAME: {
        unset: 'the host of `UPSTREAM_ISSUER`',
        meaning: 'The name of the provider on pages.',
      },
    },
  },
  {
    title: 'MCP servers and consent',
    settings: {
      RESOURCES: {
        type: 'list of URIs',
        unset: 'required, or `resourceServers`',
        meaning:
          'The URIs of your MCP servers, as their clients use them. If `resourceServers` has the same URI, its entry wins.',
      },
      CONSENT: {
        meaning:
          '`always`: people are asked at each sign-in. `remember`: [once, where that is safe](consent.md#remembered-approvals).',
      },
    },
  },
  {
    title: 'Store',
    settings: {
      STORE_URL: {
        type: 'URL',
        unset: '`REDIS_URL`, else `sqlite:./data/mcp-oidc.db`',
        meaning:
          'Where records are kept: `sqlite:PATH`, `redis://HOST:PORT[/DB]`, `redis+sentinel://HOST:PORT,…/MASTER`, `redis+cluster://HOST:PORT,…`; `rediss` for TLS ([storage.md](storage.md#redis)).',
      },
      REDIS_URL: { type: 'URL', unset: 'none', meaning: 'Used if `STORE_URL` is not set.' },
      STORE_KEY_PREFIX: {
        meaning: 'The prefix of every key, so that several servers can share one Redis.',
      },
    },
  },
]
