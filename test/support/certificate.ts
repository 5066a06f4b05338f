// A self-signed certificate (RFC 5280), created for one test run: TLS on loopback without openssl.
import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

export interface TestCertificate {
  readonly key: string
  readonly cert: string
}

export function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  // X.690 §10.1: the shortest form. Node accepts any form, Chromium does not.
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  const size = length < 128 ? [length] : long
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

export const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts)
export const bits = (content: Uint8Array) => der(0x03, Buffer.of(0), content)
export const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
const NAME = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('test')))))

export function validity(): Buffer {
  const at = (ms: number) =>
    der(0x18, Buffer.from(new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')))
  const hourMs = 60 * 60 * 1000
  return sequence(at(Date.now() - hourMs), at(Date.now() + 24 * hourMs))
}

export function extensions(hosts: readonly string[]): Buffer {
  const names = sequence(...hosts.map((host) => der(0x82, Buffer.from(host))))
  const isAuthority = sequence(der(0x01, Buffer.of(0xff)))
  return der(
    0xa3,
    sequence(
      sequence(oid('551d11'), der(0x04, names)),
      sequence(oid('551d13'), der(0x01, Buffer.of(0xff)), der(0x04, isAuthority)),
    ),
  )
}

export function createCertificate(hosts: readonly string[]): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ECDSA_SHA256,
    NAME,
    validity(),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(hosts),
  )
  const signature = createSign('sha256').update(content).sign(privateKey)
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: toPem(sequence(content, ECDSA_SHA256, bits(signature))),
  }
}

/** This process trusts it, as if NODE_EXTRA_CA_CERTS had named it. Call once: all have the same subject. */
export function createTrustedCertificate(hosts: readonly string[]): TestCertificate {
  const certificate = createCertificate(hosts)
  setDefaultCACertificates([...getCACertificates('default'), certificate.cert])
  return certificate
}

export function toPem(certificate: Buffer): string {
  const lines = certificate.toString('base64').replaceAll(/.{1,64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`
}
