// Holds the next request of `page` whose URL matches, redirects included: Playwright's routes miss those.
import type { Page } from 'playwright-core'

export async function holdRequest(page: Page, urlPattern: string) {
  const session = await page.context().newCDPSession(page)
  const held = Promise.withResolvers<{ url: string; release(): Promise<void> }>()
  session.on('Fetch.requestPaused', ({ requestId, request }) => {
    held.resolve({
      url: request.url,
      async release() {
        await session.send('Fetch.continueRequest', { requestId })
        await session.send('Fetch.disable')
      },
    })
  })
  await session.send('Fetch.enable', { patterns: [{ urlPattern }] })
  return { held: held.promise }
}
