// The keys of a scan one by one, from the pages that every backend returns.

export async function* scanKeys(pages: AsyncIterable<readonly string[]>): AsyncIterable<string> {
  for await (const page of pages) yield* page
}
