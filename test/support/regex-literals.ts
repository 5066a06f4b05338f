// Finds the regular expressions of TypeScript source: literals, without those in comments, strings and the text
// of templates.

/** After these, a slash begins a regular expression; after any other token, it divides. */
const BEFORE_LITERAL =
  /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|case|typeof|in|of|await|yield|void|else) ?)$/

/** Texts without a slash that matters: a comment, a string, or a piece of a template up to `${` or its end. */
const LITERAL = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y
const COMMENT = /\/\/[^\n]*|\/\*.*?\*\//sy
const STRING = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/y
const TEMPLATE = /(?:\\.|\$(?!\{)|[^`\\$])*(?:`|\$\{)/sy

export function findRegexLiterals(source: string): RegExp[] {
  const found: RegExp[] = []
  /** The depth of braces at which each template that is open continues. */
  const templates: number[] = []
  let depth = 0
  let code = ''
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const text = pattern.exec(source)?.[0]
    at += text?.length ?? 0
    return text
  }
  const continueTemplate = (): void => {
    const isOpen = take(TEMPLATE)?.endsWith('${')
    if (isOpen) templates.push(depth)
    // An expression begins after `${`, and what follows a whole template divides.
    code = isOpen ? '' : 'x'
  }
  while (at < source.length) {
    if (take(COMMENT) !== undefined) continue
    if (take(STRING) !== undefined) {
      code = 'x'
      continue
    }
    const literal = BEFORE_LITERAL.test(code) ? take(LITERAL) : undefined
    if (literal !== undefined) {
      const end = literal.lastIndexOf('/')
      found.push(new RegExp(literal.slice(1, end), literal.slice(end + 1)))
      code = 'x'
      continue
    }
    const character = source[at] ?? ''
    at += 1
    if (character === '`') continueTemplate()
    else if (character === '}' && templates.at(-1) === depth) {
      templates.pop()
      continueTemplate()
    } else {
      if (character === '{') depth += 1
      if (character === '}') depth -= 1
      if (!/\s/.test(character)) code = (code + character).slice(-12)
      else if (/\w$/.test(code)) code += ' '
    }
  }
  return found
}
