// People do not read a long page: at most sixty words stand before the buttons, in every language, for requests with up to four
// scopes (docs/consent.md). The scopes' descriptions count too; here they are those of the server and the default ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import defaults from '../../../../../config/default.json' with { type: 'json' }
import type { ClientWarning } from '../../../../../src/domain/client-trust/client-trust.ts'
import {
  type ConsentPageData,
  renderConsentPage,
} from '../../../../../src/http/views/consent/consent-page.ts'
import { CATALOGUES } from '../../../../../src/http/views/locales/catalogues.ts'
import { localiseScopes } from '../../../../../src/http/views/names.ts'
import {
  ACCOUNT,
  countWords,
  DATA,
  textBeforeButtons,
  WEBSITE,
} from '../../../../support/consent-page.ts'
import { FRAME } from '../../../../support/page-frame.ts'

const SCOPES = ['openid', 'profile', 'email', 'mcp:tools']
const MARCH = Date.parse('2026-03-03T10:00:00Z')
const REPEAT = { isRepeat: true, atMs: [MARCH] }

const origins: Record<string, ConsentPageData['client']['origin']> = {
  registered: { kind: 'registered' },
  document: { kind: 'document', host: 'client.example' },
  configured: { kind: 'configured' },
}

const PRIVATE_USE: ConsentPageData['answer'] = {
  target: { kind: 'private-use', scheme: 'cursor' },
  redirectUri: 'cursor://callback',
  isForwarded: false,
}
const imitates: ClientWarning = { kind: 'imitates', name: 'Claude' }

const answers: Record<string, [ConsentPageData['answer'], readonly ClientWarning[]]> = {
  website: [WEBSITE, []],
  'unknown website': [WEBSITE, [{ kind: 'unknown-address', host: 'callback.example' }]],
  forwarder: [{ ...WEBSITE, isForwarded: true }, []],
  loopback: [DATA.answer, []],
  'private-use': [PRIVATE_USE, [{ kind: 'private-use', scheme: 'cursor' }]],
  'imitation at a website': [WEBSITE, [imitates]],
  'imitation on this computer': [DATA.answer, [imitates]],
}

/** Japanese has no spaces: a translation has about 2.2 characters for each English word. */
function countAsRead(text: string, language: string): number {
  if (language !== 'ja') return countWords(text)
  const japanese = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]/gu
  return countWords(text.replaceAll(japanese, ' ')) + [...text.matchAll(japanese)].length / 2.2
}

for (const catalogue of Object.values(CATALOGUES)) {
  const { language } = catalogue
  test(`at most sixty words stand before the buttons in "${language}"`, () => {
    const server = { scopes: defaults.resourceDefaults.scopes }
    const scopes = localiseScopes(SCOPES, server, catalogue)
    for (const [kind, origin] of Object.entries(origins)) {
      for (const [where, [answer, warnings]] of Object.entries(answers)) {
        // The operator vouches for its address and its name.
        if (kind === 'configured' && warnings.some((one) => one.kind !== 'private-use')) continue
        for (const signedIn of [false, true]) {
          const data: ConsentPageData = {
            ...DATA,
            client: { ...DATA.client, origin, warnings },
            answer,
            scopes,
            ...(signedIn && { account: ACCOUNT, earlier: REPEAT }),
          }
          const text = textBeforeButtons(renderConsentPage(data, { ...FRAME, catalogue }))
          const words = countAsRead(text, language)
          assert.ok(words <= 60, `${words} words: ${kind}, ${where}, ${signedIn}: ${text}`)
        }
      }
    }
  })

  test(`nothing is said twice before the buttons in "${language}"`, () => {
    const text = textBeforeButtons(renderConsentPage(DATA, { ...FRAME, catalogue }))
    for (const fact of ['Claude Code', '127.0.0.1:33418', 'Acme SSO', 'Read your notes']) {
      assert.equal(text.split(fact).length, 2, `${fact}: ${text}`)
    }
  })
}
