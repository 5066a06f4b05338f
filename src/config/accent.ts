// Derives the stylesheet's accent colours from the operator's, readable on the card of both themes.

interface Tones {
  readonly accent: string
  /** On hover. */
  readonly accentStrong: string
  /** Text on either of them. */
  readonly onAccent: string
}

export interface AccentColours {
  readonly light: Tones
  readonly dark: Tones
}

/** --card of each theme in http/views/stylesheet.ts; a test keeps them equal. */
export const CARD_BACKGROUNDS = { light: '#ffffff', dark: '#16201e' } as const

/** For text (WCAG 2.2, 1.4.3). */
const MINIMUM_CONTRAST = 4.5
const WHITE = '#ffffff'
const BLACK = '#000000'
const DARK_INK = '#06110f'

/**
 * The light theme uses the colour as given, the dark theme a lighter one that is readable there.
 * Undefined: the colour is not readable on a light page.
 */
export function computeAccent(colour: string): AccentColours | undefined {
  const given = colour.toLowerCase()
  if (contrastOf(given, CARD_BACKGROUNDS.light) < MINIMUM_CONTRAST) return undefined
  let pale = given
  for (let white = 0; contrastOf(pale, CARD_BACKGROUNDS.dark) < MINIMUM_CONTRAST; white += 0.02) {
    pale = mix(given, WHITE, white)
  }
  return {
    light: { accent: given, accentStrong: mix(given, BLACK, 0.25), onAccent: WHITE },
    dark: { accent: pale, accentStrong: mix(pale, WHITE, 0.3), onAccent: DARK_INK },
  }
}

/** The contrast ratio (WCAG 2.2) of two colours, given as `#rrggbb`. */
export function contrastOf(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => y - x)
  return (lighter + 0.05) / (darker + 0.05)
}

function channelsOf(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
}

function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour)
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** @param share of `other`, 0 to 1 */
function mix(colour: string, other: string, share: number): string {
  const others = channelsOf(other)
  const mixed = channelsOf(colour).map((value, at) => value + ((others[at] ?? 0) - value) * share)
  return `#${mixed.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`
}
