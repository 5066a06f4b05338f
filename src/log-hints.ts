// Which section of docs/troubleshooting.md explains a warning or an error of the log, by its message. log.ts adds it to the
// line as `hint`. A test compares the messages with the sources, and the sections with the document.

const HINTS: Readonly<Record<string, string>> = {
  'cannot listen at OIDC_HOST and OIDC_PORT': 'port-in-use',
  'cannot start': 'store-does-not-open',
  'a worker ended, and another takes its place': 'worker-ended',
  'could not stop cleanly': 'unclean-stop',
  'stopped before reservations were rolled back': 'unclean-stop',
  'a reservation could not be rolled back': 'unclean-stop',

  'not ready: the store cannot be used': 'storage-unreachable',
  'the store cannot be used': 'storage-unreachable',
  'the store has trouble': 'storage-unreachable',
  'rate limits are not enforced, because the store does not answer': 'storage-unreachable',
  'a resumed interaction was not removed': 'storage-unreachable',
  'a replaced session was not removed': 'storage-unreachable',
  'the store was emptied: clients have to register and people to sign in again': 'emptied-store',
  'records are sealed under a secret that was removed: append it to SESSION_SECRET again':
    'removed-secret',
  'cannot look for records under a removed secret': 'removed-secret',

  'nobody can sign in: see UPSTREAM_ISSUER': 'provider-unreachable',
  'cannot renew the discovery document of the upstream': 'provider-unreachable',
  'not the home upstream: its people get subjects of their own, see UPSTREAM_SUBJECTS_OF':
    'new-subjects-for-everybody',
  'cannot read the home upstream: the first sign-in tries again': 'new-subjects-for-everybody',
  'cannot ask the upstream about an account': 'provider-cannot-be-asked',
  'the upstream answered with the tokens of another person': 'provider-cannot-be-asked',
  'the answer with new upstream tokens was lost: the person signs in again':
    'provider-cannot-be-asked',
  'the upstream says less about people when it is asked again than at the sign-in':
    'provider-says-less',

  'cannot load the metadata document or keys of a client': 'client-metadata-unreachable',
  'cannot resolve the hosts of client documents: set HTTPS_PROXY, or set clientDocuments.enabled to false in CONFIG_FILE: clients then register instead':
    'client-metadata-unreachable',
  'cannot connect to the hosts of client documents: set HTTPS_PROXY, or set clientDocuments.enabled to false in CONFIG_FILE: clients then register instead':
    'client-metadata-unreachable',
  'cannot reach the hosts of client documents through the proxy: check HTTPS_PROXY, or set clientDocuments.enabled to false in CONFIG_FILE: clients then register instead':
    'client-metadata-unreachable',

  'the total of a rate limit is spent': 'too-many-requests',
  'requests are refused: see connections.maxRequests': 'server-overloaded',
  'new connections are rejected: see connections.maxConnections': 'server-overloaded',
  'clients refresh at almost every call: set accessTokenSeconds to 420 or more':
    'refresh-at-every-call',

  'everybody whom the upstream signs in may use every MCP server: see access.rules':
    'everybody-may-enter',
  'people whom the upstream removes keep their access: see revalidation in docs/access.md':
    'removed-people-keep-access',
  'the upstream cannot be asked again about people: they sign in this often':
    'removed-people-keep-access',
  'access refused': 'account-has-no-access',
  'sign-in refused': 'account-disabled',
  'grant revoked': 'signed-out-again-and-again',
  'access changed': 'signed-out-again-and-again',
}

/** Undefined: no section explains the line. */
export function findHint(message: unknown): string | undefined {
  const section =
    typeof message === 'string' && Object.hasOwn(HINTS, message) ? HINTS[message] : undefined
  return section && `docs/troubleshooting.md#${section}`
}
