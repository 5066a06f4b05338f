// The only way to create markup. The tag `html` escapes every interpolated value, except for results of
// `html` itself. The symbol stays in this file, so no input can pass for markup.

import escapeHtml from 'escape-html'

const MARKUP = Symbol('markup')

export interface Html {
  readonly [MARKUP]: string
}

type Interpolation = string | Html | readonly Interpolation[] | undefined | false

/** Attribute values must be quoted. `undefined` and `false` render nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Interpolation[]): Html {
  return { [MARKUP]: strings.reduce((out, part, i) => out + toMarkup(values[i - 1]) + part) }
}

export function toMarkup(value: Interpolation): string {
  if (value === undefined || value === false) return ''
  if (typeof value === 'string') return escapeHtml(value)
  if (MARKUP in value) return value[MARKUP]
  return value.map(toMarkup).join('')
}
