// Characters that look like a Latin letter (docs/adr/0038-names-that-imitate.md). What Unicode itself takes apart (bold, wide
// and circled letters, accents) is not here: spelling.ts normalises first.

/** Letter → characters that people read as it, capital and small. Characters that run from right to left are escaped. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: 'ΑαАаᎪꓮⲀⲁɑᴀ∀Λ4',
  b: 'ΒβВвЬьЪъᏴᏏꓐⲂⲃɓƀʙßᛒ8฿',
  c: 'ϹϲСсⅭⅽᏟꓚⲤⲥᴄƈȼ¢Ⴚ',
  d: 'ԀԁᎠᏧꓒꓓɖɗđᴅð',
  e: 'ΕεϵЕеЄєЗзᎬꓰⲈⲉɛɇᴇ℮3€',
  f: 'ϜϝꓝƒꜰբᎨ',
  g: 'ԌԍɡɢɠցᏀꓖƃǥ',
  h: 'ΗНнҺһհᎻꓧⲎⲏɦħʜ',
  j: 'ЈјϳյᎫꓙȷɉᴊ',
  k: 'ΚκКкҚқᏦꓗⲔⲕƙᴋĸ',
  // `i` and `l` are one letter here, because `I` looks like `l`.
  l: 'ΙιІіӀӏⅠⅰᎥᏞᏆꓲꓡⲒⲓɩɪıłƚɫɬɭɨʟ1|ǀ∣Ɩ\u05d0\u05d5\u05df\u0627',
  m: 'ΜМмᎷꓟⲘⲙɱᴍⅯⅿ',
  n: 'ΝηПпИиոռՌꓠⲚⲛɲŋƞɴ',
  o: 'ΟοσОоՕօᎤꓳⲞⲟøɵᴏ०০੦૦௦౦೦൦๐໐၀0θΘ\u05e1\u06d5\u0647\u0665\u06f5',
  p: 'ΡρРрᏢꓑⲢⲣƥᴘþ',
  q: 'ԚԛգզɋʠᏄ',
  r: 'ГгᎡᏒꓣɍɽɾʀяЯ',
  s: 'ЅѕՏᏕᏚꓢʂȿꜱ5$',
  t: 'ΤτТтᎢꓔⲦⲧŧƫƭʈᴛ7',
  u: 'υμՍսᏌꓴʉᴜʋЏџ',
  v: 'νѴѵᏙꓦᴠⅤⅴ∨\u0667\u06f7',
  w: 'ωшШԜԝѡաᎳᏔꓪⲰⲱᴡⱳ',
  x: 'ΧχХхᚷꓫⲬⲭⅩⅹ×',
  y: 'ΥγУуЎўҮүᎩᎽꓬⲨⲩƴɏʏ',
  z: 'ΖᏃꓜⲌⲍƶȥʐᴢ',
  ae: 'æӕ',
  oe: 'œ',
}

const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries(LOOK_ALIKES).flatMap(([letter, others]) =>
    // Unicode takes some of them apart, as spelling.ts does with a name.
    [...others.normalize('NFKD')].map((other) => [other, letter] as const),
  ),
)

/** The first of 26 letters in a row: regional indicators, and white letters on black. */
const ALPHABETS = [0x1f1e6, 0x1f150, 0x1f170]
const A = 0x61

/** The Latin letters that people read for a character; undefined: those are not known. */
export function readLetter(character: string): string | undefined {
  const known = LETTERS.get(character)
  if (known !== undefined) return known
  const code = character.codePointAt(0) ?? 0
  const start = ALPHABETS.find((first) => code >= first && code < first + 26)
  return start === undefined ? undefined : String.fromCodePoint(code - start + A)
}
