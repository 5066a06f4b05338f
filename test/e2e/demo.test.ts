// `npm run demo` as a newcomer starts it: in its own process, without settings.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../support/child.ts'

const cwd = fileURLToPath(new URL('../..', import.meta.url))

const STEPS = [
  'The client calls the MCP server without a token',
  'The MCP server names its authorization server',
  'The authorization server publishes its metadata',
  'The client registers',
  'The client builds the authorization URL',
  'The browser opens the URL and shows the consent page',
  'The person approves; only then does the sign-in begin',
  'Ada Byron signs in at the upstream and returns to the client',
  'The client exchanges the code',
  'The client connects, lists the tools and calls them',
  'The client refreshes its tokens without the person',
  'The new token works too',
]

test('the demo prints every step and ends with exit code 0', async () => {
  const demo = run('npm', ['run', '-s', 'demo'], { cwd, deadlineMs: 30_000 })
  assert.equal(await demo.exit, 0, demo.output())
  const printed = [...demo.output().matchAll(/^\d+\. (.+)$/gm)].map(([, title]) => title)
  assert.deepEqual(printed, STEPS)
  assert.match(demo.output(), /^All 12 steps worked/m)
  assert.match(demo.output(), /add 19 \+ 23 → \{"sum":42\}/)
  assert.match(demo.output(), /typ: at\+jwt/)
  assert.match(demo.output(), /refresh token rotated: yes/)
})

test('the demo prints no whole token, no code and no state', async () => {
  const demo = run('npm', ['run', '-s', 'demo'], { cwd, deadlineMs: 30_000 })
  await demo.exit
  assert.doesNotMatch(demo.output(), /eyJ[\w-]{10,}\.[\w-]+/, 'a whole JWT')
  assert.doesNotMatch(demo.output(), /[?&](code|state)=/)
})

/** A Node option that makes every request of the demo's process to `path` fail. */
function breakRequests(path: string): string {
  const script = `const { fetch } = globalThis
    globalThis.fetch = async (url, init) =>
      String(url).endsWith('${path}') ? new Response('{}', { status: 500 }) : fetch(url, init)`
  return `--import=data:text/javascript,${encodeURIComponent(script)}`
}

const failures = [
  { path: '/register', step: 1, title: STEPS[0] },
  // The token endpoint of the upstream, which the server calls first.
  { path: '/token', step: 8, title: STEPS[7] },
]

for (const { path, step, title } of failures) {
  test(`the demo names the step that failed and ends with exit code 1 (${path} is broken)`, async () => {
    const demo = run(process.execPath, ['scripts/demo.ts'], {
      cwd,
      env: { NODE_OPTIONS: breakRequests(path) },
      deadlineMs: 30_000,
    })
    assert.equal(await demo.exit, 1, demo.output())
    const [, number, named] = /^Step (\d+) failed \((.+)\):$/m.exec(demo.output()) ?? []
    assert.deepEqual({ number, named }, { number: String(step), named: title })
  })
}
