import { type HTMLElement, parse } from 'node-html-parser'

/** A button, by its text (the whole text, or a pattern) or by its name and value. */
export type Button = string | RegExp | { readonly name: string; readonly value: string }

export type Fields = Readonly<Record<string, string>>

export interface FormRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly body: string | undefined
}

/**
 * The request that a browser would send when a person presses this button, or the first one by default.
 * `fields` override the values in the page. @throws if there is no such button
 */
export function createFormRequest(
  page: { readonly url: string; readonly body: string },
  wanted: Button | undefined,
  fields: Fields,
): FormRequest {
  const document = parse(page.body)
  const buttons = document.querySelectorAll('button, input[type=submit]').filter(canSubmit)
  const button = buttons.find((candidate) => matches(candidate, wanted))
  if (!button) {
    const present = buttons.map((candidate) => `"${textOf(candidate)}"`).join(', ') || 'none'
    throw new Error(`no button ${describeButton(wanted)} at ${page.url}; present: ${present}`)
  }
  const form = formOf(document, button)
  if (!form) throw new Error(`the button "${textOf(button)}" at ${page.url} is not in a form`)

  const parameters = new URLSearchParams(controlsOf(document, form))
  const name = button.getAttribute('name')
  if (name) parameters.append(name, button.getAttribute('value') ?? '')
  for (const [field, value] of Object.entries(fields)) parameters.set(field, value)

  const action = button.getAttribute('formaction') ?? form.getAttribute('action') ?? ''
  const method = button.getAttribute('formmethod') ?? form.getAttribute('method') ?? 'get'
  // An empty action is the page's own URL, with its query, which `new URL('', base)` keeps.
  const url = new URL(action, page.url)
  url.hash = ''
  if (method.toLowerCase() === 'post') return { method: 'POST', url, body: parameters.toString() }
  url.search = parameters.toString()
  return { method: 'GET', url, body: undefined }
}

function canSubmit(button: HTMLElement): boolean {
  const type = button.getAttribute('type')?.toLowerCase() ?? 'submit'
  return type === 'submit' && !button.hasAttribute('disabled')
}

function textOf(button: HTMLElement): string {
  const text = button.tagName === 'INPUT' ? (button.getAttribute('value') ?? '') : button.text
  return text.replace(/\s+/g, ' ').trim()
}

function matches(button: HTMLElement, wanted: Button | undefined): boolean {
  if (wanted === undefined) return true
  if (typeof wanted === 'string') return textOf(button) === wanted
  if (wanted instanceof RegExp) return wanted.test(textOf(button))
  return (
    button.getAttribute('name') === wanted.name && button.getAttribute('value') === wanted.value
  )
}

function describeButton(wanted: Button | undefined): string {
  if (wanted === undefined) return 'at all'
  if (typeof wanted === 'string') return `"${wanted}"`
  return wanted instanceof RegExp ? String(wanted) : `${wanted.name}=${wanted.value}`
}

function formOf(document: HTMLElement, control: HTMLElement): HTMLElement | null {
  const id = control.getAttribute('form')
  if (id === undefined) return control.closest('form')
  return document.querySelectorAll('form').find((form) => form.getAttribute('id') === id) ?? null
}

function controlsOf(document: HTMLElement, form: HTMLElement): [name: string, value: string][] {
  return document
    .querySelectorAll('input, textarea, select')
    .filter((control) => formOf(document, control) === form && !control.hasAttribute('disabled'))
    .flatMap((control): [string, string][] => {
      const name = control.getAttribute('name')
      const value = currentValue(control)
      return name && value !== undefined ? [[name, value]] : []
    })
}

function currentValue(control: HTMLElement): string | undefined {
  if (control.tagName === 'TEXTAREA') return control.text
  if (control.tagName === 'SELECT') {
    const options = control.querySelectorAll('option')
    const chosen = options.find((option) => option.hasAttribute('selected')) ?? options[0]
    return chosen?.getAttribute('value') ?? chosen?.text.trim()
  }
  const value = control.getAttribute('value')
  switch (control.getAttribute('type')?.toLowerCase()) {
    case 'submit':
    case 'button':
    case 'image':
    case 'reset':
    case 'file':
      return undefined
    case 'checkbox':
    case 'radio':
      return control.hasAttribute('checked') ? (value ?? 'on') : undefined
    default:
      return value ?? ''
  }
}
