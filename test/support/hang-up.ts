// A client that sends a refresh and leaves while the server still reads the refresh family.
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HeldStore } from './held-store.ts'
import type { Client } from './journey.ts'
import type { TestServer } from './server.ts'

/** Until the server has noticed that a connection is closed. */
const NOTICE_MS = 50

export interface Leaver {
  /** Lets the server go on. Resolves when it is done with the request, to all that it still sent. */
  release(): Promise<string>
}

/** @param how `destroy` closes the connection, `end` only the client's direction */
export async function leave(
  { server, held }: { server: TestServer; held: HeldStore },
  client: Client,
  token: unknown,
  how: 'destroy' | 'end' = 'destroy',
): Promise<Leaver> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: client.client_id,
    refresh_token: String(token),
  }).toString()
  const headers = [
    'host: localhost',
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${body.length}`,
  ]
  const command = held.holdRead('refresh-family')
  const socket = connect({ port: Number(new URL(server.issuer).port), host: '127.0.0.1' })
  await once(socket, 'connect')
  socket.write(['POST /token HTTP/1.1', ...headers, '', body].join('\r\n'))
  await command.sent
  const sent = how === 'end' ? text(socket) : Promise.resolve('')
  socket[how]()
  await sleep(NOTICE_MS)
  const countRequests = () =>
    server.logLines.filter((line) => line.includes('"msg":"request"')).length
  return {
    async release() {
      const before = countRequests()
      await command.release()
      while (countRequests() === before) await sleep(1)
      return sent
    },
  }
}
