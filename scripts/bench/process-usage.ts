// CPU time and memory of a process and its children, from /proc.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = Number(spawnSync('getconf', ['CLK_TCK']).stdout) || 100

/** User and system time of the process and its living descendants, in milliseconds. */
export function cpuMs(pid: number): number {
  return treeOf(pid).reduce((sum, { ticks }) => sum + ticks, 0) * (1000 / ticksPerSecond)
}

/** Resident memory of the process and its living descendants, in MiB. */
export function residentMiB(pid: number): number {
  const kib = treeOf(pid).map(({ pid: one }) =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'))?.[1] ?? 0),
  )
  return kib.reduce((sum, one) => sum + one, 0) / 1024
}

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
}

function treeOf(root: number): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)))
  const tree = all.filter(({ pid }) => pid === root)
  // A child's parent may come after it in /proc, so the loop goes over what it appends.
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid))
  return tree
}

function readStat(pid: number): ProcessStat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc(5): the second field is the name in parentheses, which may contain spaces.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return [{ pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }]
  } catch {
    return [] // it has ended meanwhile
  }
}
