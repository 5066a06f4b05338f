import escapeHtml from 'escape-html'
import { type Person, people } from './people.ts'

const stylesheet = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { display: grid; place-items: center; min-height: 100vh; margin: 0; background: Canvas }
  main { width: min(22rem, 90vw) }
  h1 { font-size: 1.3rem; margin: 0 }
  p { margin: .25rem 0 1.25rem; opacity: .7 }
  button { display: block; width: 100%; padding: .7rem 1rem; margin: 0 0 .6rem; font: inherit;
    text-align: left; border: 1px solid GrayText; border-radius: .6rem; background: none;
    color: inherit; cursor: pointer }
  button:hover, button:focus-visible { outline: 2px solid Highlight; outline-offset: 1px }
  button small { display: block; opacity: .7 }
  button.plain { border: 0; text-align: center; opacity: .7 }
`

function layout(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${stylesheet}</style>
<main>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</html>`
}

function personButton({ sub, name, email }: Person, isHinted: boolean): string {
  return `<button name="person" value="${escapeHtml(sub)}"${isHinted ? ' autofocus' : ''}>
${escapeHtml(name)} <small>${escapeHtml(email)}</small></button>`
}

/** `loginHint` is a person's e-mail address or `sub`. That person then comes first and has the focus. */
export function loginPage({ loginHint }: { loginHint: string | undefined }): string {
  const isHinted = (person: Person) => person.email === loginHint || person.sub === loginHint
  const inOrder = people.toSorted((a, b) => Number(isHinted(b)) - Number(isHinted(a)))
  return layout(
    'Who are you today?',
    `<p>This is the development sign-in: choose a person. There are no passwords.</p>
<form method="post">
${inOrder.map((person) => personButton(person, isHinted(person))).join('\n')}
<button class="plain" name="cancel" value="yes">Cancel</button>
</form>`,
  )
}

export function errorPage(error: string, description: string | undefined): string {
  return layout('The request failed', `<p>${escapeHtml(`${error}: ${description ?? ''}`)}</p>`)
}

/** `form` is the engine's own form. The button submits it by its id. */
export function signOutPage(form: string): string {
  return layout(
    'Sign out?',
    `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`,
  )
}

export function signedOutPage(): string {
  return layout('Signed out', '<p>You may close this page.</p>')
}
