import { html } from './html.ts'
import { type Frame, facts, lastPage, page } from './page.ts'

/** The paths of the pages that undo a change, and the first part of the names of their texts. */
const prefixes = { 'undo-email-change': 'restore', 'undo-factor': 'remove' } as const
const results = { 'undo-email-change': 'restored', 'undo-factor': 'removed' } as const

/** A page that undoes a change, by its path. */
export type UndoPath = keyof typeof prefixes

/**
 * Asks whether to undo a change: to restore the address, or to remove what was added. The form posts the token to the
 * URL of the page, without its query.
 */
export function undoPage(
  frame: Frame,
  path: UndoPath,
  account: { email: string; username: string },
  token: string
): string {
  const { text } = frame
  const prefix = prefixes[path]
  return page(
    frame,
    `${prefix}-title`,
    html`${facts(frame, account)}
<p>${text(prefix)}</p>
<p>${text(`${prefix}-effects`)}</p>
<form method="post" action="${path}">
<input type="hidden" name="token" value="${token}">
<button>${text(`${prefix}-button`)}</button>
</form>
<p>${text(`${prefix}-you`)}</p>`
  )
}

/** Confirms that the change is undone. */
export const undonePage = (frame: Frame, path: UndoPath) => lastPage(frame, `${results[path]}-title`, results[path])
