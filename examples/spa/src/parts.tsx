import type { ButtonHTMLAttributes } from 'react'

export const hasPasskeys = 'PublicKeyCredential' in window

/** The `ref` of what gets the focus when it appears. */
export const focus = (element: HTMLElement | null) => element?.focus()

/** The attributes of an input for a name or a code. */
export const typed = { autoCapitalize: 'none', spellCheck: false, required: true, 'aria-describedby': 'message' }

/** A button that does not send its form. */
export const Button = (props: ButtonHTMLAttributes<HTMLButtonElement>) => <button type="button" {...props} />
