import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFile(new URL(path, root), 'utf8')

interface Row {
  readonly id: string
  readonly state: string
  readonly where: string
}

async function readRows(): Promise<Row[]> {
  const lines = (await read('docs/requirements.md')).split('\n')
  return lines
    .filter((line) => /^\| [AL]\d+ \|/.test(line))
    .map((line) => {
      const [, id = '', , state = '', where = ''] = line.split('|').map((cell) => cell.trim())
      return { id, state, where }
    })
}

/** The tests that a cell names. A title that ends in … is the start of several titles. */
function placesOf({ where }: Row): { file: string; title: string }[] {
  return where.split('<br>').map((place) => {
    const [, file = '', title = ''] = /^`([^`]+)`: "([^"]+)"$/.exec(place) ?? []
    return { file, title }
  })
}

function hasTest(source: string, title: string): boolean {
  const isPrefix = title.endsWith('…')
  const text = isPrefix ? title.slice(0, -1) : title
  return ["'", '"', '`'].some((quote) =>
    source.includes(`test(${quote}${text}${isPrefix ? '' : quote}`),
  )
}

test('docs/requirements.md has every row from A1 to A36, and L1 to L7, exactly once, in order', async () => {
  const rows = (letter: string, length: number) =>
    Array.from({ length }, (_, index) => `${letter}${index + 1}`)
  const expected = [...rows('A', 36), ...rows('L', 7)]
  assert.deepEqual(
    (await readRows()).map(({ id }) => id),
    expected,
  )
})

test('each row names existing tests that cite it, or says why there are none', async () => {
  for (const row of await readRows()) {
    assert.match(row.state, /^(held|open|declined)$/, row.id)
    if (row.state !== 'held') {
      assert.ok(row.where.length > 20, `${row.id} must say what is missing`)
      continue
    }
    for (const { file, title } of placesOf(row)) {
      assert.ok(file && title, `${row.id}: not \`file\`: "title": ${row.where}`)
      assert.match(title, new RegExp(`\\b${row.id}\\b`), `the title must contain ${row.id}`)
      assert.ok(hasTest(await read(file), title), `${row.id}: ${file} has no test "${title}"`)
    }
  }
})
