// Days and durations in the words of a language.
import type { Language } from '../../config/language.ts'

/** "3 March", because more people write it so than "March 3". */
export const localeOf = (language: Language) => (language === 'en' ? 'en-GB' : language)

/** With the year, unless it is this one. In UTC, because the server does not know the person's time zone. */
export function formatDay(language: Language, ms: number, nowMs: number): string {
  const isThisYear = new Date(ms).getUTCFullYear() === new Date(nowMs).getUTCFullYear()
  const year = isThisYear ? {} : ({ year: 'numeric' } as const)
  const style = { day: 'numeric', month: 'long', timeZone: 'UTC', ...year } as const
  return new Intl.DateTimeFormat(localeOf(language), style).format(ms)
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const UNITS = [
  { unit: 'day', seconds: DAY },
  { unit: 'hour', seconds: HOUR },
  { unit: 'minute', seconds: MINUTE },
] as const

/** In the largest unit of which there are at least two, rounded up. */
export function formatDuration(language: Language, seconds: number): string {
  const found = UNITS.find((unit) => seconds >= 2 * unit.seconds)
  const { unit, seconds: one } = found ?? { unit: 'minute', seconds: MINUTE }
  const style = { style: 'unit', unit, unitDisplay: 'long' } as const
  return new Intl.NumberFormat(localeOf(language), style).format(Math.ceil(seconds / one))
}
