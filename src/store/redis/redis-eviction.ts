// A Redis that evicts records to free memory signs people out at random, without any error.

/**
 * @param info the reply to INFO memory
 * @returns a warning, or undefined if Redis keeps every record until it expires
 */
export function describeEviction(info: string): string | undefined {
  const fieldOf = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const policy = fieldOf('maxmemory_policy')
  // Without a memory limit, Redis never evicts.
  if (policy === undefined || policy === 'noeviction' || fieldOf('maxmemory') === '0')
    return undefined
  return (
    `Redis evicts records when its memory is full (maxmemory-policy ${policy}), so clients, sign-ins ` +
    'and tokens may vanish before they expire; set maxmemory-policy to noeviction'
  )
}
