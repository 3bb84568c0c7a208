import type { Problem } from '../errors.ts'
import type { PageName } from '../texts/page-name.ts'
import { html } from './html.ts'
import { type Frame, page } from './page.ts'

/** The HTML page for a `Problem`. */
export const problemPage = (frame: Frame, problem: Problem) =>
  page(frame, 'problem-title', html`<p>${frame.text(textOf(problem))}</p>`)

function textOf({ status, errors }: Problem): PageName {
  // A form that no page sends has errors too.
  if (status === 400 && errors.length === 0) return 'problem-link'
  return texts[status] ?? (status < 500 ? 'problem-request' : 'problem-server')
}

const texts: { [status: number]: PageName } = {
  409: 'problem-conflict',
  429: 'problem-attempts',
  503: 'problem-unavailable'
}
