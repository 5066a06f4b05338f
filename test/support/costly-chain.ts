// A chain of certificates that nobody trusts and that costs its reader much: every key is RSA with an exponent as long
// as its modulus, so each signature takes milliseconds to verify instead of microseconds.
import {
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import {
  bits,
  der,
  extensions,
  oid,
  sequence,
  type TestCertificate,
  toPem,
  validity,
} from './certificate.ts'

const MODULUS_BITS = 3072 // OpenSSL accepts long exponents up to this length
const RSA_SHA256 = sequence(oid('2a864886f70d01010b'), der(0x05))

/** The certificate of the host first. Each is signed by the next one, and the last by itself. */
export function createCostlyChain(hosts: readonly string[], length: number): TestCertificate {
  const key = createCostlyKey()
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const nameOf = (at: number) =>
    sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(`test ${at}`)))))
  const certificates = Array.from({ length }, (_, at) => {
    const content = sequence(
      der(0xa0, der(0x02, Buffer.of(2))),
      der(0x02, Buffer.of(1, at)),
      RSA_SHA256,
      nameOf(Math.min(at + 1, length - 1)),
      validity(),
      nameOf(at),
      publicKey,
      extensions(hosts),
    )
    const signature = createSign('sha256').update(content).sign(key)
    return toPem(sequence(content, RSA_SHA256, bits(signature)))
  })
  const pem = String(key.export({ type: 'pkcs8', format: 'pem' }))
  return { key: pem, cert: certificates.join('') }
}

/** Swaps the short and the long exponent of an RSA key: it signs fast and verifies slowly. */
function createCostlyKey(): KeyObject {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS })
  const { e = '', d = '', p = '', q = '', ...rest } = privateKey.export({ format: 'jwk' })
  const exponentFor = (prime: string) => toText(toNumber(e) % (toNumber(prime) - 1n))
  const swapped = { ...rest, e: d, d: e, p, q, dp: exponentFor(p), dq: exponentFor(q) }
  return createPrivateKey({ key: swapped, format: 'jwk' })
}

const toNumber = (text: string) => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)

function toText(number: bigint): string {
  const hex = number.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}
