import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Child {
  /** Everything on stdout and stderr so far. */
  output(): string
  /** The first group of the first match in the output. @throws if the program ends without a match */
  waitFor(pattern: RegExp): Promise<string>
  /** The exit code. Resolves after all output has been read. */
  readonly exit: Promise<number | null>
}

/** Runs a program, and aborts it after `deadlineMs`. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Readonly<Record<string, string>>; deadlineMs: number },
): Child {
  const { cwd, env = {}, deadlineMs } = options
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(deadlineMs),
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output += chunk.toString()
    child.emit('output')
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const exit = once(child, 'close').then(([code]) => code as number | null)

  return {
    exit,
    output: () => output,
    async waitFor(pattern) {
      for (;;) {
        const found = pattern.exec(output)
        if (found) return found[1] ?? found[0]
        const isOver = await Promise.race([
          once(child, 'output').then(() => false),
          exit.then(() => true),
        ])
        if (isOver && !pattern.test(output)) {
          throw new Error(`the program ended without ${pattern}:\n${output}`)
        }
      }
    },
  }
}
