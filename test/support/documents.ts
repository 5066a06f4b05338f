// The documents of the repository, and their code blocks with the mark in front of each.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

export const findFiles = (pattern: string | string[]): string[] =>
  globSync(pattern, { cwd: ROOT }).map((path) => path.replaceAll('\\', '/'))
export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

export const DOCUMENTS: readonly string[] = findFiles(['*.md', 'docs/**/*.md'])

/** `<!-- run by: test/… -->`, `<!-- excerpt of: FILE -->` or `<!-- not run: REASON -->`, on the line before the block. */
interface Mark {
  readonly kind: 'run by' | 'excerpt of' | 'not run'
  readonly text: string
}

export interface CodeBlock {
  readonly document: string
  /** Of the line that opens it, from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
  readonly mark: Mark | undefined
  /** A comment in front of it that is no mark. */
  readonly otherComment: string | undefined
}

const FENCE = /^( *)```([^\n]*)\n([\s\S]*?)^ *```$/gm
const COMMENT = /<!--\s*(.*?)\s*-->\s*$/s
const MARK = /^(run by|excerpt of|not run): (\S.*)$/s

export function blocksOf(document: string, markdown = readText(document)): CodeBlock[] {
  return [...markdown.matchAll(FENCE)].map(
    ({ index, 1: indent = '', 2: language = '', 3: body = '' }) => {
      const before = markdown.slice(0, index)
      const comment = COMMENT.exec(before.replace(/\n$/, '').split('\n').at(-1) ?? '')?.[1]
      const [, kind, text] = MARK.exec(comment ?? '') ?? []
      return {
        document,
        line: before.split('\n').length,
        language: language.trim(),
        text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
        mark: kind && text ? { kind: kind as Mark['kind'], text } : undefined,
        otherComment: kind ? undefined : comment,
      }
    },
  )
}

/** The code spans of a document, without those of its blocks. */
export function spansOf(document: string): string[] {
  const prose = readText(document).replaceAll(FENCE, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
}
