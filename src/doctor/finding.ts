/**
 * One line of the report of `sallyport doctor`: the check, its level, and what was found or what to do.
 */
export interface Finding {
  check: string
  level: 'ok' | 'warning' | 'error'
  text: string
}

/** No action is needed. */
export const ok = (check: string, text: string): Finding => ({ check, level: 'ok', text })

/** Works, but should be changed. */
export const warning = (check: string, text: string): Finding => ({ check, level: 'warning', text })

/** Does not work, or is not secure. */
export const error = (check: string, text: string): Finding => ({ check, level: 'error', text })
