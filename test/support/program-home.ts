// A home directory for real programs, with a browser that only writes down the URLs that it opens. The
// test then acts as the person: it reads the URL, approves, and delivers the answer to the program.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerAsPerson } from './mcp-stage.ts'

const TIMEOUT_MS = 20_000

export interface ProgramHome {
  readonly directory: string
  /** The whole environment of its programs: they inherit nothing from the tests. */
  readonly env: Readonly<Record<string, string>>
  /** Every URL that a program has opened so far. */
  readUrls(): Promise<string[]>
  /** Waits for the URL after the first `seen`, approves, signs in, and delivers the answer. */
  answer(seen: number): Promise<URL>
  close(): Promise<void>
}

export async function openProgramHome(): Promise<ProgramHome> {
  const directory = await mkdtemp(join(tmpdir(), 'mcp-oidc-home-'))
  const [browser, openedUrls] = [join(directory, 'browser'), join(directory, 'opened')]
  await writeFile(openedUrls, '')
  await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${openedUrls}'\n`, { mode: 0o755 })

  async function readUrls() {
    return (await readFile(openedUrls, 'utf8')).split('\n').filter(Boolean)
  }

  async function waitForUrl(seen: number): Promise<URL> {
    const endsAtMs = performance.now() + TIMEOUT_MS
    while (performance.now() < endsAtMs) {
      const url = (await readUrls())[seen]
      if (url !== undefined) return new URL(url)
      await sleep(20)
    }
    throw new Error(`no browser was opened within ${TIMEOUT_MS} ms`)
  }

  return {
    directory,
    env: {
      HOME: directory,
      PATH: process.env['PATH'] ?? '',
      // The programs bundle xdg-open, which runs BROWSER if there is no desktop.
      BROWSER: browser,
      ...{ DISPLAY: '', WAYLAND_DISPLAY: '', XDG_CURRENT_DESKTOP: '', DESKTOP_SESSION: '' },
      MCP_REMOTE_CONFIG_DIR: join(directory, 'mcp-remote'),
      MCP_INSPECTOR_SECRET_STORE: 'file',
      MCP_AUTO_OPEN_ENABLED: 'true',
    },
    readUrls,
    async answer(seen) {
      const url = await waitForUrl(seen)
      const answer = await answerAsPerson(url)
      const response = await fetch(answer, { signal: AbortSignal.timeout(TIMEOUT_MS) })
      if (!response.ok) throw new Error(`the program answered ${response.status}`)
      return url
    },
    close: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  }
}
