/** One line of what `sallyport doctor` says: which check, how bad it is, and what it saw or what to do about it. */
export interface Finding {
  check: string
  level: 'ok' | 'warning' | 'error'
  text: string
}

/** Nothing to do. */
export const ok = (check: string, text: string): Finding => ({ check, level: 'ok', text })

/** Works, and should be changed. */
export const warning = (check: string, text: string): Finding => ({ check, level: 'warning', text })

/** Does not work, or is not safe. */
export const error = (check: string, text: string): Finding => ({ check, level: 'error', text })
