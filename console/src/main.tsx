import { render } from 'preact'
import { App } from './app.tsx'
import { language } from './language.ts'

declare const IS_WATCHED: boolean

/** The token of a setup link. It leaves the address at once, so that it is not in the history of the browser. */
function takeSetupToken(): string | undefined {
  const [, token] = /^#setup=([\w-]+)$/.exec(location.hash) ?? []
  if (token) history.replaceState(null, '', location.pathname)
  return token
}

document.documentElement.lang = language
// Removes the text that the page shows until this script runs.
document.body.replaceChildren()
render(<App setupToken={takeSetupToken()} />, document.body)
if (IS_WATCHED) (await import('./reload.ts')).reloadOnChange()
