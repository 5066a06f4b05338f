// Logs one line when something begins to happen again and again, and one when it has ended.

export interface EpisodeLog {
  /** It happened once. */
  note(): void
}

/** @param options.quietMs how long it does not happen before it counts as ended */
export function createEpisodeLog(options: {
  quietMs: number
  onBegin: () => void
  onEnd: (times: number) => void
}): EpisodeLog {
  const { quietMs, onBegin, onEnd } = options
  let quiet: NodeJS.Timeout | undefined
  let times = 0
  return {
    note() {
      times += 1
      if (quiet) {
        quiet.refresh()
        return
      }
      onBegin()
      quiet = setTimeout(() => {
        onEnd(times)
        quiet = undefined
        times = 0
      }, quietMs).unref()
    },
  }
}
