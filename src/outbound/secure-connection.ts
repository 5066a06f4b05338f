// TLS to a checked address, over a socket that counts what arrives. OpenSSL verifies every signature of a chain of
// certificates at once, trusted or not, and 5 ms of the event loop for each is cheap for its sender.
import type { LookupAddress } from 'node:dns'
import { connect as connectTcp, type LookupFunction } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

export interface ConnectionTarget {
  readonly hostname: string
  readonly port: number
  /** Checked: the connection may only use these. */
  readonly addresses: readonly [LookupAddress, ...LookupAddress[]]
  /** Headers and body of the response together. */
  readonly maxResponseBytes: number
}

/** The handshakes of large sites take 3 to 8 KiB, mostly certificates. */
const MAX_HANDSHAKE_BYTES = 12 * 1024
/** A record of TLS and a chunk of HTTP add some 30 bytes, and a server may send many small ones. */
const MAX_FRAMING = 2

/** Emits `secureConnect` when the certificate of the host was verified. */
export function connectTo(target: ConnectionTarget): Duplex {
  const { hostname, port, addresses, maxResponseBytes } = target
  // Replaces the DNS lookup of net.connect. The certificate must still be that of the host.
  const lookup: LookupFunction = (_hostname, { all }, done) => {
    const [{ address, family }] = addresses
    if (all) done(null, [...addresses])
    else done(null, address, family)
  }
  const received = limitReceived(connectTcp({ host: hostname, port, lookup }), MAX_HANDSHAKE_BYTES)
  const secured = connectTls({ socket: received.socket, servername: hostname })
  secured.once('secureConnect', () => received.allow(maxResponseBytes * MAX_FRAMING))
  return secured
}

/**
 * A socket that breaks when it has received more than `maxBytes`. The limit is below TLS and HTTP, so it holds for
 * everything that they let a sender repeat: certificates, tickets, informational responses (RFC 9110 §15.2).
 */
function limitReceived(socket: Duplex, maxBytes: number) {
  let leftBytes = maxBytes
  const limited = new Duplex({
    read() {}, // no back-pressure: `maxBytes` bounds what waits here
    write: (chunk: Buffer, _encoding, done) => void socket.write(chunk, done),
    destroy(error, done) {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk: Buffer) => {
    leftBytes -= chunk.length
    if (leftBytes < 0) limited.destroy(new Error('the connection received too many bytes'))
    else limited.push(chunk)
  })
  socket.on('end', () => limited.push(null))
  socket.on('error', (error) => limited.destroy(error))
  return {
    socket: limited,
    allow(bytes: number): void {
      leftBytes += bytes
    },
  }
}
