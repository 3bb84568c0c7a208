import type { Problem } from '../base/errors.ts'
import type { PageName } from '../texts/page-name.ts'
import { html } from './html.ts'
import { type Frame, lastPage, page } from './page.ts'

/** The HTML page for a `Problem`. That of a link which does not work leads on to where a new one is requested. */
export function problemPage(frame: Frame, problem: Problem) {
  const text = textOf(problem)
  if (text === 'problem-link') return lastPage(frame, 'problem', text)
  return page(frame, 'problem', html`<p>${frame.text(text)}</p>`)
}

function textOf({ status, code }: Problem): PageName {
  if (code === 'invalid_link') return 'problem-link'
  return texts[status] ?? (status < 500 ? 'problem-request' : 'problem-server')
}

const texts: { [status: number]: PageName } = {
  409: 'problem-conflict',
  429: 'problem-attempts',
  503: 'problem-unavailable'
}
