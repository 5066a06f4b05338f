// Patterns of access rules: `*` stands for any characters, also none. Everything else stands for itself.

/** Takes each part at its first place after the one before, which never needs to be reconsidered. */
export function matchesGlob(pattern: string, value: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return value === pattern
  if (!value.startsWith(first)) return false
  let position = first.length
  for (const part of rest) {
    const found = value.indexOf(part, position)
    if (found === -1) return false
    position = found + part.length
  }
  return value.length - position >= last.length && value.endsWith(last)
}
