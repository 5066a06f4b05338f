// A redis-server with a certificate from its own CA. It also accepts plain connections at its `url`.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from './free-port.ts'
import { type RedisServer, startRedis } from './redis.ts'

const run = promisify(execFile)

export interface TlsRedisServer extends RedisServer {
  readonly caFile: string
  /** The `rediss:` URL, without the CA file. */
  readonly tlsUrl: string
}

export async function startTlsRedis(
  options: { flags?: readonly (string | number)[] } = {},
): Promise<TlsRedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'redis-tls-'))
  const inDirectory = (name: string) => join(directory, name)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const certify = (name: string, ...args: string[]) =>
    run('openssl', [
      ...['req', '-x509', '-days', '1', ...newKey, '-subj', `/CN=${name}`],
      ...['-keyout', inDirectory(`${name}.key`), '-out', inDirectory(`${name}.pem`), ...args],
    ])
  await certify('ca')
  await certify(
    'server',
    ...['-CA', inDirectory('ca.pem'), '-CAkey', inDirectory('ca.key')],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'],
  )
  const tlsPort = await findFreePort()
  const server = await startRedis({
    flags: [
      ...['--tls-port', tlsPort, '--tls-auth-clients', 'no'],
      ...[
        '--tls-cert-file',
        inDirectory('server.pem'),
        '--tls-key-file',
        inDirectory('server.key'),
      ],
      ...['--tls-ca-cert-file', inDirectory('ca.pem')],
      ...(options.flags ?? []),
    ],
  })
  return {
    ...server,
    caFile: inDirectory('ca.pem'),
    tlsUrl: `rediss://127.0.0.1:${tlsPort}`,
    async stop() {
      await server.stop()
      await rm(directory, { recursive: true })
    },
  }
}
