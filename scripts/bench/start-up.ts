// From the start of the process to its first 200, interleaved with the bare engine's.
import type { ServerKind, Stage } from './stage.ts'

export interface StartUp {
  readonly kind: ServerKind
  readonly wallMs: readonly number[]
  readonly cpuMs: readonly number[]
}

export async function measureStartUp(stage: Stage, rounds: number): Promise<readonly StartUp[]> {
  const kinds: readonly ServerKind[] = ['sqlite', 'redis', 'bare-redis']
  const starts = kinds.map((kind) => ({ kind, wallMs: [] as number[], cpuMs: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 === 0 ? starts : starts.toReversed()) {
      const server = await stage.start(one.kind, { alg: 'RS256' })
      one.wallMs.push(server.startMs)
      one.cpuMs.push(server.startCpuMs)
      await server.close()
    }
  }
  return starts
}
