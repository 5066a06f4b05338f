// What an API of the upstream adds to the claims of ID token and userinfo.
import type { Members } from '../../oauth/json-members.ts'

/** @returns all claims */
export type ClaimsApi = (options: {
  claims: Members
  /** The userinfo endpoint. */
  endpoint: string
  /** With the access token of the person. @throws UpstreamUnreachable; Error unless the answer is 200 with JSON */
  request(url: string, body?: Members): Promise<{ body: unknown; headers: Headers }>
  /** Whether the operator lists a claim that is, or is in, the one of this name. */
  wants(claim: string): boolean
}) => Promise<Members>
