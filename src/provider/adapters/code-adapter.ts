// The engine's authorization codes. It checks the client, PKCE and the redirect URI before it consumes a code, but
// `resource` only afterwards.
import { type Adapter, errors } from 'oidc-provider'
import { toPayload } from '../internals.ts'
import type { AccountLookup } from './account-lookup.ts'
import { createRecordAdapter, type RecordAdapterOptions } from './record-adapter.ts'

export function createCodeAdapter(
  options: RecordAdapterOptions & { readonly accountLookup: Pick<AccountLookup, 'begin'> },
): Adapter {
  const codes = createRecordAdapter('AuthorizationCode', options)

  /** RFC 8707 §2.2. provider/authorization/canonical-request.ts has rewritten `resource` as it is configured. */
  async function checkResource(id: string): Promise<void> {
    const requested = options.currentContext()?.oidc.params?.['resource']
    if (requested === undefined) return
    const code = await codes.reopen(id)
    if (code && ![code.value['resource']].flat().includes(requested))
      throw new errors.InvalidTarget()
  }

  return {
    ...codes,
    async find(id) {
      const code = await codes.open(id)
      options.accountLookup.begin(code?.value['accountId'])
      return toPayload(code?.value)
    },
    /** A request for a resource that was not granted must not spend the code: its correction would look like theft. */
    async consume(id) {
      await checkResource(id)
      await codes.consume(id)
    },
  }
}
