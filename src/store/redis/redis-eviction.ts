// A Redis that drops records to make room signs people out at random, and says so nowhere.

/** @param info the answer to INFO memory. Undefined when every record stays until it expires. */
export function describeEviction(info: string): string | undefined {
  const fieldOf = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const policy = fieldOf('maxmemory_policy')
  // Without a limit there is nothing to evict for.
  if (policy === undefined || policy === 'noeviction' || fieldOf('maxmemory') === '0')
    return undefined
  return (
    `Redis drops records when its memory is full (maxmemory-policy ${policy}): clients, sign-ins ` +
    'and tokens may vanish before they expire; set maxmemory-policy to noeviction'
  )
}
