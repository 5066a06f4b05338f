// Reads a body of another server up to a limit, so that no server can fill our memory.

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
}

/** Ends the connection of a body that is larger. @throws BodyTooLarge; the errors of `body` */
export async function readAtMost(
  maxBytes: number,
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new BodyTooLarge(`the response is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
