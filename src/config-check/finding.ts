// One finding of the check, about one setting.
export interface Finding {
  /** `problem`: something will not work. `note`: it works, and may not be what you want. */
  readonly kind: 'problem' | 'note'
  /** The setting to change. */
  readonly setting: string
  readonly message: string
}

export const problem = (setting: string, message: string): Finding => ({
  kind: 'problem',
  setting,
  message,
})

export const note = (setting: string, message: string): Finding => ({
  kind: 'note',
  setting,
  message,
})
