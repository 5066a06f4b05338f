// A new file that appears under its name when it is complete, and never takes the place of another one.
import { link, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AdminError } from './admin-error.ts'

/** SQLite would take the journals of another file for those of this one. */
const COMPANIONS = ['', '-wal', '-shm', '-journal']

/**
 * @param write creates the file under another name, readable for its owner alone, and flushes it to the disk
 * @throws AdminError if the path exists
 */
export async function writeNewFile<T>(
  path: string,
  write: (partial: string) => Promise<T>,
): Promise<T> {
  const exists = (file: string) => new AdminError(`${file} exists: name a new file`)
  for (const end of COMPANIONS) if (await isThere(path + end)) throw exists(path + end)
  const partial = `${path}.partial`
  const removePartial = () =>
    Promise.all(COMPANIONS.map((end) => rm(partial + end, { force: true })))
  try {
    // Of a run that was killed.
    await removePartial()
    const result = await write(partial)
    await link(partial, path).catch((cause: unknown) => {
      throw codeOf(cause) === 'EEXIST' ? exists(path) : cause
    })
    await flushFolder(dirname(path))
    return result
  } catch (error) {
    if (error instanceof Error && codeOf(error) !== undefined) {
      throw new AdminError(`cannot write ${path}: ${error.message}`, { cause: error })
    }
    throw error
  } finally {
    await removePartial()
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

/** Of an error of the file system. */
function codeOf(error: unknown): string | undefined {
  const isCoded = error instanceof Error && 'syscall' in error && 'code' in error
  return isCoded ? String(error.code) : undefined
}
