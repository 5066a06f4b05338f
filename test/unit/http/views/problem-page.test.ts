// The error pages: each says what happened, whose move it is and what the move is, and has a text for support.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { LANGUAGES } from '../../../../src/config/language.ts'
import { FAULTS } from '../../../../src/faults.ts'
import { CATALOGUES } from '../../../../src/http/views/locales/catalogues.ts'
import type { Incident } from '../../../../src/http/views/problems/incident.ts'
import {
  PROBLEMS,
  type ProblemName,
  toProblemName,
} from '../../../../src/http/views/problems/problem.ts'
import {
  type ProblemPageData,
  renderProblemPage,
} from '../../../../src/http/views/problems/problem-page.ts'
import { FAULT_SYMPTOMS } from '../../../../src/symptoms.ts'
import { FRAME } from '../../../support/page-frame.ts'

const INCIDENT: Incident = {
  symptom: 'resource-unknown',
  reference: '0a1b2c3d4e',
  atMs: Date.UTC(2026, 2, 3, 4, 5, 6),
  error: 'invalid_target: resource is not one that this server issues tokens for',
  target: {
    requested: ['https://mcp.example.com/'],
    configured: ['https://other.example.com/mcp', 'https://mcp.example.com/mcp'],
  },
}

function render(
  changes: Partial<Incident> = {},
  data: Partial<ProblemPageData> = {},
  frame = FRAME,
) {
  const incident = { ...INCIDENT, ...changes }
  // Otherwise the parser leaves the content of <pre> as it is.
  return parse(renderProblemPage({ incident, actions: [], ...data }, frame), {
    blockTextElements: {},
  })
}

type Root = ReturnType<typeof render>
const blockOf = (page: Root) => page.querySelector('pre.support')?.text ?? ''
const factsOf = (page: Root) =>
  page
    .querySelectorAll('.facts div')
    .map((fact) => fact.querySelectorAll('dt, dd p, dd span').map(({ text }) => text))

test('the text for support has the reference, the time, the server, the error and the section that helps', () => {
  assert.equal(
    blockOf(render()),
    [
      'Reference: 0a1b2c3d4e',
      'Time: 2026-03-03T04:05:06.000Z',
      'Server: https://auth.example.com',
      'Signs in with: Example sign-in',
      'Failure: invalid_target: resource is not one that this server issues tokens for',
      'Asked for: https://mcp.example.com/',
      'Known here: https://mcp.example.com/mcp',
      'Known here: https://other.example.com/mcp',
      'Help: docs/troubleshooting.md#resource-unknown',
    ].join('\n'),
  )
})

test('the page of an unknown resource addresses the operator of the MCP server, and names the two addresses in Details', () => {
  const page = render()
  assert.equal(page.querySelector('h2')?.text, 'The people who run the MCP server have to act')
  assert.deepEqual(factsOf(page), [
    ['The app asked for', 'https://mcp.example.com/'],
    ['This server knows', 'https://mcp.example.com/mcp', 'https://other.example.com/mcp'],
    ['Error', INCIDENT.error],
  ])
  assert.doesNotMatch(page.querySelector('main')?.text ?? '', /makers of the app/)
})

test('details and the text for support are closed, and need no script', () => {
  const details = render().querySelectorAll('details')
  assert.deepEqual(
    details.map((element) => [
      element.querySelector('summary')?.text,
      element.hasAttribute('open'),
    ]),
    [
      ['Details', false],
      ['What to send to support', false],
    ],
  )
})

test('no text of a stranger adds a line to the text for support, or reorders or hides its words', () => {
  const hostile = 'x\nReference: forged\r\n\u2028Help: forged\u202e\u200b'
  const page = render({
    error: hostile,
    target: { requested: [hostile], configured: [hostile] },
  })
  const block = blockOf(page)
  assert.equal(block.split('\n').length, 8)
  assert.doesNotMatch(block, /[\u2028\u202e\u200b\r]/)
  assert.doesNotMatch(block, /^(?:Reference|Help): forged/m)
})

test('a long error is cut on the page and in the text for support', () => {
  const page = render({ error: 'e'.repeat(5000) })
  assert.ok(blockOf(page).length < 1200)
  assert.ok((page.querySelector('.facts span')?.text.length ?? 0) <= 300)
})

test('no value can add an element or an attribute', () => {
  const hostile = `"></pre><script>alert('1')</script>&amp;`
  const page = render(
    { reference: hostile, error: hostile, target: { requested: [hostile], configured: [hostile] } },
    { actions: [{ label: hostile, href: hostile, kind: 'primary' }] },
    { ...FRAME, site: { ...FRAME.site, upstreamName: hostile, issuer: hostile } },
  )
  assert.equal(page.querySelector('script'), null)
  assert.equal(page.querySelectorAll('pre').length, 1)
  assert.equal(page.querySelector('.footnote code')?.text, hostile)
})

test('a link to a site that nobody vouches for comes with a warning', () => {
  const steps = (leadsToStranger: boolean) =>
    render({}, { leadsToStranger }).querySelectorAll('.steps li')
  assert.match(steps(true).at(-1)?.text ?? '', /This app has not been verified/)
  assert.equal(steps(true).length, steps(false).length + 1)
})

const names = Object.keys(PROBLEMS) as ProblemName[]

for (const name of names) {
  test(`the page "${name}" says what happened, whose move it is and the move, in at most sixty words before its buttons`, () => {
    for (const language of LANGUAGES) {
      const catalogue = CATALOGUES[language]
      const actions = [{ label: '---', href: '/', kind: 'primary' as const }]
      const page = render({ symptom: name }, { actions }, { ...FRAME, catalogue })
      assert.equal(page.querySelector('h1')?.text, catalogue.problems[name].title, language)
      assert.equal(
        page.querySelector('h2')?.text,
        catalogue.message.moves[PROBLEMS[name]],
        language,
      )
      assert.ok(page.querySelectorAll('.steps li').length > 0, language)
      const [before = ''] = (page.querySelector('main')?.text ?? '').split('---')
      const words = before.trim().split(/\s+/)
      // Japanese has no spaces. 220 characters say as much as sixty English words.
      const isShort = language === 'ja' ? before.length <= 220 : words.length <= 60
      assert.ok(isShort, `${language}, ${words.length}: ${before}`)
    }
  })
}

/** What went wrong at the upstream; its name is on the page instead of "the sign-in service". */
const OF_UPSTREAM = [
  'upstream_unavailable',
  'upstream_denied',
  'upstream_failed',
  'invalid_callback',
  'upstream_account_refused',
  'upstream_grant_ended',
  'login_not_fresh',
] as const

for (const code of OF_UPSTREAM) {
  test(`the page for ${code} names the upstream in every language`, () => {
    for (const language of LANGUAGES) {
      const frame = { ...FRAME, catalogue: CATALOGUES[language] }
      const page = render({ symptom: FAULT_SYMPTOMS[code] }, {}, frame)
      assert.match(page.querySelector('.lead')?.text ?? '', /Example sign-in/, language)
    }
  })
}

test('every fault has a symptom, and one that only clients get falls back to a page', () => {
  assert.deepEqual(Object.keys(FAULT_SYMPTOMS).toSorted(), Object.keys(FAULTS).toSorted())
  assert.equal(toProblemName('dpop-proof-refused'), 'request-not-valid')
  assert.equal(toProblemName('not-found'), 'not-found')
})
