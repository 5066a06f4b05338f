// A person's desk for real programs: a home of its own, and a browser that only notes what it was
// asked to open. The person reads the note, allows, and brings the answer to the program.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerAsPerson } from './mcp-stage.ts'

const PATIENCE_MS = 20_000

export interface Desk {
  readonly home: string
  /** What its programs get, and nothing of the environment of the tests. */
  readonly env: Readonly<Record<string, string>>
  /** Every URL that a program opened so far. */
  readUrls(): Promise<string[]>
  /** Waits for the URL after `seen` others, allows, signs in, and goes back to the program. */
  answer(seen: number): Promise<URL>
  close(): Promise<void>
}

export async function openDesk(): Promise<Desk> {
  const home = await mkdtemp(join(tmpdir(), 'mcp-oidc-desk-'))
  const [browser, note] = [join(home, 'browser'), join(home, 'opened')]
  await writeFile(note, '')
  await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${note}'\n`, { mode: 0o755 })

  async function readUrls() {
    return (await readFile(note, 'utf8')).split('\n').filter(Boolean)
  }

  async function waitForUrl(seen: number): Promise<URL> {
    const endsAtMs = performance.now() + PATIENCE_MS
    while (performance.now() < endsAtMs) {
      const url = (await readUrls())[seen]
      if (url !== undefined) return new URL(url)
      await sleep(20)
    }
    throw new Error(`no browser was opened within ${PATIENCE_MS} ms`)
  }

  return {
    home,
    env: {
      HOME: home,
      PATH: process.env['PATH'] ?? '',
      // xdg-open, which the programs bring along, asks it where there is no desktop.
      BROWSER: browser,
      ...{ DISPLAY: '', WAYLAND_DISPLAY: '', XDG_CURRENT_DESKTOP: '', DESKTOP_SESSION: '' },
      MCP_REMOTE_CONFIG_DIR: join(home, 'mcp-remote'),
      MCP_INSPECTOR_SECRET_STORE: 'file',
      MCP_AUTO_OPEN_ENABLED: 'true',
    },
    readUrls,
    async answer(seen) {
      const asked = await waitForUrl(seen)
      const answer = await answerAsPerson(asked)
      const response = await fetch(answer, { signal: AbortSignal.timeout(PATIENCE_MS) })
      if (!response.ok) throw new Error(`the program answered ${response.status}`)
      return asked
    },
    close: () => rm(home, { recursive: true, force: true, maxRetries: 3 }),
  }
}
