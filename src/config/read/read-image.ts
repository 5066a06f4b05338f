// Reads an image of the branding. Its type is judged by its first bytes: a file name proves nothing.
import { readFileSync, statSync } from 'node:fs'
import { describeReadError } from './read-secret.ts'

export interface Image {
  readonly bytes: Buffer
  readonly mediaType: string
}

const MAX_BYTES = 256 * 1024

const NAMES = {
  'image/png': 'PNG',
  'image/jpeg': 'JPEG',
  'image/webp': 'WebP',
  'image/svg+xml': 'SVG',
  'image/x-icon': 'ICO',
} as const

export type ImageType = keyof typeof NAMES

/** @param report gets the value's problem and the fix */
export function readImage(
  path: string,
  accepted: readonly ImageType[],
  report: (message: string) => void,
): Image | undefined {
  try {
    // Checked before reading: the path may name anything.
    const stat = statSync(path)
    if (!stat.isFile()) {
      report('names something that is not a file: name an image')
      return undefined
    }
    if (stat.size > MAX_BYTES) {
      report('names a file that is too large: use one of at most 256 KiB')
      return undefined
    }
    const bytes = readFileSync(path)
    const mediaType = findMediaType(bytes)
    if (mediaType !== undefined && accepted.includes(mediaType)) return { bytes, mediaType }
    const names = accepted.map((type) => NAMES[type])
    report(`names a file that is not an image of a known type: use ${listOf(names)}`)
  } catch (error) {
    const reason = describeReadError(error)
    report(`names a file that ${reason}: give its path relative to the folder of CONFIG_FILE`)
  }
  return undefined
}

function listOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

function findMediaType(bytes: Buffer): ImageType | undefined {
  const head = bytes.toString('latin1', 0, 16)
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (/^RIFF.{4}WEBP/s.test(head)) return 'image/webp'
  if (head.startsWith('\0\0\x01\0')) return 'image/x-icon'
  const isSvg =
    /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>\s*)*<svg[\s>]/is
  return isSvg.test(bytes.toString('utf8')) ? 'image/svg+xml' : undefined
}
