// TLS to a host, over a connection to a checked address or a tunnel through the proxy. The bytes that arrive are
// counted: OpenSSL verifies every signature of a chain of certificates at once, trusted or not, and 5 ms of the event
// loop for each is cheap for its sender.
import type { LookupAddress } from 'node:dns'
import { connect as connectTcp, type LookupFunction } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { HostAndPort } from './proxy/proxy-exceptions.ts'

export interface SecureTarget extends HostAndPort {
  /** Headers and body of the response together. */
  readonly maxResponseBytes: number
}

export interface ConnectionTarget extends SecureTarget {
  /** Checked: the connection may only use these. */
  readonly addresses: readonly [LookupAddress, ...LookupAddress[]]
}

/** The handshakes of large sites take 3 to 8 KiB, mostly certificates. */
const MAX_HANDSHAKE_BYTES = 12 * 1024
/** A record of TLS and a chunk of HTTP add some 30 bytes, and a server may send many small ones. */
const MAX_FRAMING = 2

/** As `secure`, over a connection to one of the addresses. */
export function connectTo(target: ConnectionTarget): Duplex {
  const { hostname, port, addresses } = target
  // Replaces the DNS lookup of net.connect. The certificate must still be that of the host.
  const lookup: LookupFunction = (_hostname, { all }, done) => {
    const [{ address, family }] = addresses
    if (all) done(null, [...addresses])
    else done(null, address, family)
  }
  return secure(connectTcp({ host: hostname, port, lookup }), target)
}

/**
 * TLS over `socket`, which leads to the host and is closed with the connection. Emits `secureConnect` when the
 * certificate of the host was verified.
 */
export function secure(socket: Duplex, { hostname, maxResponseBytes }: SecureTarget): Duplex {
  const received = limitReceived(socket, MAX_HANDSHAKE_BYTES)
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
