// Redis Cluster specification, "Key distribution model".

export const SLOTS = 16_384

/** Of the hash tag, where the key has one: what is between the first `{` and the `}` after it. */
export function findSlot(key: string): number {
  const tag = /^[^{]*\{([^}]+)\}/s.exec(key)?.[1]
  return crc16(Buffer.from(tag ?? key)) % SLOTS
}

/** CRC-16/XMODEM. */
function crc16(bytes: Buffer): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1
    }
  }
  return crc
}
