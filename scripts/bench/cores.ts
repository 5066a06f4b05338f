// Keeps the server and the load on different cores, so that one does not slow the other down.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const SERVER_CORE = '0'

/** Whether there are two cores, and taskset to pin processes with. */
function canPin(): boolean {
  return availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0
}

/** Moves this process, and the processes that it starts from now on, to all cores but the server's. */
export function pinLoad(): void {
  const others = `1-${availableParallelism() - 1}`
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', others, String(process.pid)])
}

/** The command of a server, which then runs on the server's core. */
export function pinnedCommand(command: readonly string[]): readonly string[] {
  return canPin() ? ['taskset', '--cpu-list', SERVER_CORE, ...command] : command
}
