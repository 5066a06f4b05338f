// Makes a stranger's text safe to display: it cannot hide characters, reorder the text beside it or fill
// the page. html.ts escapes it, and `<bdi>` in the page isolates it.

// Controls, bidi overrides, lone surrogates, private-use and unassigned code points, line breaks,
// and everything that is invisible (zero-width joiners, Hangul fillers, variation selectors).
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/gu
// Stacked combining marks draw over neighbouring lines; no language needs more than a few.
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu

export function toDisplayText(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .replace(INVISIBLE, '')
    .replace(STACKED_MARKS, '$1')
    .replace(/ +/g, ' ')
    .trim()
}

/** At most `maxCharacters` code points, including the ellipsis that marks a cut. */
export function toDisplayName(text: string, maxCharacters: number): string {
  const characters = [...toDisplayText(text)]
  if (characters.length <= maxCharacters) return characters.join('')
  return `${characters
    .slice(0, maxCharacters - 1)
    .join('')
    .trimEnd()}…`
}
