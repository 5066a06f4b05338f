// The part of the Dockerfile format that ours uses: https://docs.docker.com/reference/dockerfile/

export interface Instruction {
  readonly name: string
  /** The text after the name, without the flags (`--from=…`). */
  readonly rest: string
  readonly flags: Readonly<Record<string, string>>
}

export interface Stage {
  readonly name: string
  /** An image, or the name of the stage that it extends. */
  readonly from: string
  readonly instructions: readonly Instruction[]
}

export function parseDockerfile(text: string): Stage[] {
  const stages: { name: string; from: string; instructions: Instruction[] }[] = []
  for (const line of logicalLines(text)) {
    const instruction = parseInstruction(line)
    if (instruction.name === 'FROM') {
      const [from = '', , name = ''] = instruction.rest.split(/\s+/)
      stages.push({ name, from, instructions: [] })
    } else {
      stages.at(-1)?.instructions.push(instruction)
    }
  }
  return stages
}

/** Drops comments, and joins a line that ends in a backslash with the next. */
function logicalLines(text: string): string[] {
  const isComment = (line: string) => /^\s*#/.test(line)
  const lines = text.split('\n').filter((line) => !isComment(line))
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, '')
  return joined.split('\n').filter((line) => line.trim() !== '')
}

function parseInstruction(line: string): Instruction {
  const [, name = '', afterName = ''] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? []
  const flags: Record<string, string> = {}
  let rest = afterName
  // Only the leading flags: in RUN, a later `--…` belongs to the command.
  for (;;) {
    const [whole, flag, value = ''] = /^--([\w-]+)=(\S+)\s+/.exec(rest) ?? []
    if (whole === undefined || flag === undefined) break
    flags[flag] = value
    rest = rest.slice(whole.length)
  }
  return { name: name.toUpperCase(), rest: rest.trim(), flags }
}

/** The instructions of a stage, after those of the stages that it extends, in order. */
export function instructionsOf(stages: readonly Stage[], name: string): Instruction[] {
  const stage = stages.find((one) => one.name === name)
  return stage ? [...instructionsOf(stages, stage.from), ...stage.instructions] : []
}

/** The last instruction with this name, which is the one that counts in an image. */
export function lastOf(instructions: readonly Instruction[], name: string): Instruction {
  const found = instructions.findLast((one) => one.name === name)
  if (!found) throw new Error(`no ${name} in the Dockerfile`)
  return found
}

/** Sources and destination of a COPY. */
export function copyPaths({ rest }: Instruction): { sources: string[]; destination: string } {
  const paths = rest.split(/\s+/)
  return { sources: paths.slice(0, -1), destination: paths.at(-1) ?? '' }
}
