// The claims about a person that leave this server: `tokenClaims` of a resource server, and `access.scopeClaims`. None do
// unless the operator lists them. domain/access/released-claims.ts selects them.
import { z } from 'zod'
import { isOwnClaim, isStandardClaim } from '../../oauth/claims.ts'
import type { FileSettings } from '../file-schema.ts'
import type { ReportFault } from '../read/read-secret.ts'

const names = z.array(z.string().min(1)).max(50, 'must list at most 50 claims')

export const tokenClaims = names

/** Scope → names of `access.claims` that it adds to ID token and /userinfo. */
export const scopeClaims = z.strictObject({
  openid: names.optional(),
  profile: names.optional(),
  email: names.optional(),
})

export function checkReleasedClaims(
  { access, resourceServers }: Pick<FileSettings, 'access' | 'resourceServers'>,
  reportFault: ReportFault,
): void {
  const isListed = (name: string) => Object.hasOwn(access.claims, name)
  const check = (place: string, list: readonly string[], isOther: (name: string) => boolean) => {
    for (const [index, name] of list.entries()) {
      const report = (message: string) => reportFault(`CONFIG_FILE ${place}.${index}`, message)
      if (isOwnClaim(name)) report('must not be a claim that this server sets itself')
      else if (!isListed(name) && !isOther(name)) {
        report('must be a name of access.claims: list there which claim it is')
      }
    }
  }
  for (const [index, server] of resourceServers.entries()) {
    check(`resourceServers.${index}.tokenClaims`, server.tokenClaims ?? [], isStandardClaim)
  }
  for (const [scope, list = []] of Object.entries(access.scopeClaims)) {
    check(`access.scopeClaims.${scope}`, list, () => false)
    for (const [index, name] of list.entries()) {
      if (!isStandardClaim(name)) continue
      reportFault(
        `CONFIG_FILE access.scopeClaims.${scope}.${index}`,
        'must not be a standard claim, which profile and email have already: choose another name',
      )
    }
  }
}
