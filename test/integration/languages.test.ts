// The language of a page: the client's ui_locales, else the browser's Accept-Language, else English.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { createUserAgent } from '../../scripts/dev/user-agent.ts'
import { LANGUAGES, type Language } from '../../src/config/language.ts'
import { openClientStage } from '../support/client-stage.ts'
import { startDocumentServer } from '../support/document-server.ts'
import { buildAuthorization } from '../support/journey.ts'
import { send } from '../support/send.ts'
import { startTestServer } from '../support/server.ts'

const RESOURCE = 'https://crm.example/mcp'

const scopes = { 'crm:read': { en: 'Read customers', de: 'Kunden lesen' }, 'crm:write': 'Write' }
const { server, client } = await openClientStage({
  env: { RESOURCES: '' },
  file: { resourceServers: [{ resource: RESOURCE, name: 'CRM', scopes }] },
  metadata: { client_name: 'Editor' },
})

/** The page at `url` in a new browser; redirects followed. */
async function open(url: string, acceptLanguage: string | undefined, accept = 'text/html') {
  const { cookies } = createUserAgent()
  let at = url
  for (;;) {
    const cookie = await cookies.getCookieString(at)
    const language = acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage }
    const answer = await send(at, { headers: { accept, ...(cookie && { cookie }), ...language } })
    for (const line of answer.headers.getSetCookie()) await cookies.setCookie(line, at)
    const location = answer.headers.get('location')
    if (location === null) return answer
    at = new URL(location, at).href
  }
}

async function openConsent(acceptLanguage: string | undefined, ui_locales?: string) {
  const { url } = buildAuthorization(server.issuer, client, { ui_locales })
  const page = parse((await open(url, acceptLanguage)).body)
  return { page, language: page.querySelector('html')?.getAttribute('lang') }
}

for (const [acceptLanguage, uiLocales, expected] of [
  [undefined, undefined, 'en'],
  ['de', undefined, 'de'],
  ['de-AT,de;q=0.9,en;q=0.8', undefined, 'de'],
  ['it-IT,it;q=0.9,es;q=0.8,en;q=0.7', undefined, 'es'],
  ['it, zh', undefined, 'en'],
  ['fr-CA', undefined, 'fr'],
  ['ja', undefined, 'ja'],
  ['pt', undefined, 'pt-BR'],
  ['pt-BR', undefined, 'pt-BR'],
  ['pt-PT,pt;q=0.9,en;q=0.8', undefined, 'pt-BR'],
  ['de-AT, en;q=0.9', undefined, 'de'],
  ['de;q=0, en', undefined, 'en'],
  ['*', undefined, 'en'],
  ['de-AT, en;q=0.9', undefined, 'de'],
  ['de;q=0, en', undefined, 'en'],
  ['en', 'de_AT', 'de'],
  ['de;q=0.2, es;q=0.9', undefined, 'es'],
  ['de', 'es-MX', 'es'],
  ['de', 'it es', 'es'],
  ['de', 'it-CH zh', 'de'],
  ['de', 'PT-pt', 'pt-BR'],
  ['de', 'pt_BR ja-JP', 'pt-BR'],
  ['es', 'EN-gb', 'en'],
  ['de', '__proto__ constructor', 'de'],
] as const) {
  test(`Accept-Language ${acceptLanguage} and ui_locales ${uiLocales} give a page in ${expected}`, async () => {
    assert.equal((await openConsent(acceptLanguage, uiLocales)).language, expected)
  })
}

const HEADINGS: Record<Language, string> = {
  en: 'Allow Editor unverified to use CRM?',
  de: 'Darf Editor ungeprüft auf CRM zugreifen?',
  es: '¿Permitir que Editor sin verificar use CRM?',
  fr: 'Autoriser Editor non vérifiée à utiliser CRM\u202f?',
  ja: 'Editor 未確認 に CRM の使用を許可しますか？',
  'pt-BR': 'Permitir que Editor não verificado use CRM?',
}

test('the whole page is in its language, except scopes without a configured translation', async () => {
  for (const language of LANGUAGES) {
    const { page } = await openConsent(language)
    assert.equal(page.querySelector('h1')?.textContent, HEADINGS[language])
    const items = page.querySelectorAll('li').map((item) => item.textContent)
    assert.deepEqual(items, [language === 'de' ? 'Kunden lesen' : 'Read customers', 'Write'])
  }
})

const NOT_FOUND: Record<Language, string> = {
  en: 'Nothing here',
  de: 'Hier ist nichts',
  es: 'Aquí no hay nada',
  fr: 'Il n’y a rien ici',
  ja: 'ページが見つかりません',
  'pt-BR': 'Não há nada aqui',
}
const UNKNOWN_CLIENT: Record<Language, string> = {
  en: 'This app is not known here',
  de: 'Diese App ist hier nicht bekannt',
  es: 'Esta aplicación no se conoce aquí',
  fr: 'Cette application n’est pas connue ici',
  ja: 'このアプリは登録されていません',
  'pt-BR': 'Este aplicativo não é conhecido aqui',
}

test('error pages, ours and the engine’s, are in the language of the browser', async () => {
  const unknown = buildAuthorization(server.issuer, { client_id: 'forgotten' }).url
  for (const language of LANGUAGES) {
    for (const [url, titles] of [
      [`${server.issuer}/nowhere`, NOT_FOUND],
      [unknown, UNKNOWN_CLIENT],
    ] as const) {
      const page = parse((await open(url, language)).body)
      assert.equal(page.querySelector('h1')?.textContent, titles[language])
      assert.equal(page.querySelector('html')?.getAttribute('lang'), language)
    }
  }
})

test('the error page of an invalid client document names the fault in every language', async () => {
  const host = 'nameless.example'
  const client_id = `https://${host}/client.json`
  const web = await startDocumentServer([host])
  web.publish(client_id, { body: { client_id, redirect_uris: [`https://${host}/callback`] } })
  const own = await startTestServer({ overrides: { outbound: web.outbound } })
  try {
    const { url } = buildAuthorization(own.issuer, { client_id })
    for (const [language, sentence] of [
      ['en', 'Error'],
      ['de', 'Fehler'],
      ['es', 'Mensaje de error'],
    ] as const) {
      const facts = parse((await open(url, language)).body).querySelectorAll('.facts div')
      const [label, error] = facts.at(-1)?.childNodes.map(({ text }) => text) ?? []
      assert.equal(label, sentence)
      assert.match(error ?? '', /cannot be used\. Its client_name is missing\.$/, language)
    }
  } finally {
    await own.close()
    await web.close()
  }
})

test('the error page of a request is in the language of its ui_locales', async () => {
  const { url } = buildAuthorization(
    server.issuer,
    { client_id: 'forgotten' },
    { ui_locales: 'de' },
  )
  assert.match((await open(url, 'es')).body, /Diese App ist hier nicht bekannt/)
})

test('errors for clients are in English, whatever language they accept', async () => {
  const answer = await open(`${server.issuer}/nowhere`, 'de', 'application/json')
  assert.equal(JSON.parse(answer.body).error_description, 'There is nothing at this address.')
})
