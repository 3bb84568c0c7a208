import type { Problem } from '../errors.ts'
import { html } from './html.ts'
import { page } from './page.ts'

/** The page that explains why something did not work. */
export const problemPage = ({ message }: Problem) =>
  page('This did not work', html`<h1>This did not work</h1>\n<p>${message}</p>`)
