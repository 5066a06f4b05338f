// The groups of a person who has too many for an ID token of Entra ID ("overage"), from Microsoft Graph.
import { isObject } from '../../oauth/json-members.ts'
import type { ClaimsApi } from './claims-api.ts'

/** Without this, a rule that refuses a group would not apply to people with many groups. */
export const addGroups: ClaimsApi = async ({ claims, request, endpoint, wants }) => {
  const names = claims['_claim_names']
  const isOverage = claims['hasgroups'] === true || (isObject(names) && 'groups' in names)
  if (!isOverage || !wants('groups')) return claims
  // The userinfo endpoint is Graph's, in each of the clouds.
  const url = `${new URL(endpoint).origin}/v1.0/me/getMemberGroups`
  const { body: answer } = await request(url, { securityEnabledOnly: false }).catch(
    (cause: unknown) => {
      throw new Error(
        'Microsoft Graph did not list the groups: add the scope GroupMember.Read.All, or let the app registration emit only the groups that are assigned to it',
        { cause },
      )
    },
  )
  if (!isObject(answer) || !Array.isArray(answer['value'])) {
    throw new Error('Microsoft Graph sent no list of groups')
  }
  return { ...claims, groups: answer['value'] }
}
