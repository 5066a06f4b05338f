// Every resolved setting as lines of path and value, without secrets.
import type { Config } from '../config/load.ts'
import { isObject } from '../oauth/json-members.ts'

/** Members that hold a secret, wherever they stand. */
const SECRETS = new Set([
  'authorization',
  'clientSecret',
  'introspectionSecret',
  'password',
  'privateKey',
  'sessionSecrets',
  'token',
])
const MASK = '(set, not shown)'

export function describeConfig(config: Config): readonly string[] {
  const shown = {
    ...config,
    storeUrl: maskUrl(config.storeUrl),
    jwks: config.jwks.keys.map(({ kid, alg }) => `${alg} ${kid}`),
    branding: { ...config.branding, ...describeImages(config.branding) },
  }
  return linesOf(shown, '')
}

function describeImages({ logo, darkLogo, favicon }: Config['branding']) {
  const describe = (image: object | undefined) => image && '(a file)'
  return { logo: describe(logo), darkLogo: describe(darkLogo), favicon: describe(favicon) }
}

function linesOf(value: unknown, path: string): string[] {
  const name = path.slice(path.lastIndexOf('.') + 1)
  if (value === undefined || value === null) return []
  // limits.authorization is no secret: a limit is an object of numbers.
  if (SECRETS.has(name) && !path.startsWith('limits.')) return [`${path}: ${MASK}`]
  if (value instanceof Set) return linesOf([...value], path)
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${path}: (none)`]
    if (!value.some((item) => typeof item === 'object')) return [`${path}: ${value.join(' ')}`]
    return value.flatMap((item, index) => linesOf(item, `${path}.${index}`))
  }
  if (!isObject(value)) return [`${path}: ${String(value)}`]
  const members = Object.entries(value)
  return members.flatMap(([member, inner]) => linesOf(inner, path ? `${path}.${member}` : member))
}

/** Users, passwords and parameters of a store's URL are nobody's business; hosts are the point of showing it. */
function maskUrl(url: string): string {
  if (url.toLowerCase().startsWith('sqlite:')) return url
  const [address = '', parameters] = url.split('?')
  const at = address.lastIndexOf('@')
  const scheme = address.slice(0, address.indexOf('//') + 2)
  const hosts = at === -1 ? address : `${scheme}***@${address.slice(at + 1)}`
  return parameters === undefined ? hosts : `${hosts}?***`
}
