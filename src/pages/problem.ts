import type { Problem } from '../errors.ts'
import { html } from './html.ts'
import { page } from './page.ts'

/** The HTML page for a `Problem`. */
export const problemPage = ({ message }: Problem) =>
  page('Something went wrong', html`<h1>Something went wrong</h1>\n<p>${message}</p>`)
