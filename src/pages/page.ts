import { createHash } from 'node:crypto'
import type { PageName } from '../texts/page-name.ts'
import { type Html, html } from './html.ts'

// The card has the colours and sizes of `.card` in console/src/style.css.
const style = `
:root {
  color-scheme: light dark;
  font: 1rem/1.5 system-ui, sans-serif;
  color: light-dark(#1b1f24, #e6e8eb);
  --muted: light-dark(#57606a, #a3abb5);
  --back: light-dark(#ffffff, #14171a);
  --line: light-dark(#d0d7de, #3a424b);
  --edge: light-dark(#767676, #7d8590);
  --accent: light-dark(#1a56b0, #79b0ff);
  --on-accent: light-dark(#ffffff, #0b1a2e);
  --bad: light-dark(#b3261e, #ff8d85);
  --focus: light-dark(#b35900, #ffa94d);
  background: var(--back);
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1.25rem; overflow-wrap: anywhere; }
main { max-width: 27rem; margin: min(8vh, 4rem) auto 0; padding: 1.5rem; border: 1px solid var(--line); border-radius: 0.5rem; }
.site { margin: 0 0 0.25rem; color: var(--muted); }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25; }
p, dl { margin: 1rem 0 0; }
ul { margin: 0; padding-left: 1.25rem; }
dl { display: grid; gap: 0.5rem; }
dt, .hint { color: var(--muted); }
dd { margin: 0; font-weight: 600; }
.field { display: grid; gap: 0.5rem; margin-top: 1rem; }
.field p { margin: 0; }
label { font-weight: 600; }
.field input { width: 100%; min-height: 2.5rem; padding: 0.4rem 0.6rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--edge); border-radius: 0.35rem; }
.field input[readonly] { border-style: dashed; }
.field input[aria-invalid] { border: 2px solid var(--bad); }
.error { color: var(--bad); font-weight: 600; }
.check { display: flex; gap: 0.6rem; margin-top: 1rem; font-weight: 400; }
.check input { flex: none; width: 1.25rem; height: 1.25rem; margin: 0.15rem 0 0; accent-color: var(--accent); }
button, .button { display: inline-block; align-content: center; min-height: 2.5rem; margin-top: 1.5rem; padding: 0.4rem 0.9rem; font: inherit; text-decoration: none; color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: 0.35rem; cursor: pointer; }
:is(button, .button):hover { text-decoration: underline; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
@media (max-width: 40rem) {
  body { padding: 0.75rem; }
  main { margin-top: 0; padding: 1rem; }
}
`

/** The source expression that allows the style of `page` under a Content-Security-Policy (CSP 3 §2.3.1). */
export const pageStyle = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

/** The parts that all pages for a reader share. */
export interface Frame {
  /** The language of the texts (BCP 47). */
  lang: string
  /** The text with this name; `host` is that placeholder in it, by default the host of the server. */
  text(name: PageName, host?: string): string
  /** The name of the service. */
  site: string
  /** The page of an application to which a page leads when a link has done its work, if there is one. */
  next: string | undefined
}

/** A complete HTML page of the service, without a script. `isRefusal` marks the title of a form that was refused. */
export function page({ lang, site, text }: Frame, title: PageName, content: Html, isRefusal = false): string {
  const heading = text(title)
  // Not in the tagged template, where the bundle could not escape the dash.
  const name = `${heading} – ${site}`
  return `<!doctype html>${
    html`<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${isRefusal ? `${text('refused')}: ` : ''}${name}</title>
<style>${{ html: style }}</style>
</head>
<body>
<main>
<p class="site">${site}</p>
<h1>${heading}</h1>
${content}
</main>
</body>
</html>
`.html
  }`
}

/** The account that a page is about, and its address. */
export const facts = ({ text }: Frame, { username, email }: { username: string; email: string }) => html`<dl>
<div><dt>${text('account')}</dt><dd>${username}</dd></div>
<div><dt>${text('address')}</dt><dd>${email}</dd></div>
</dl>`

/** A page with one text, which leads on to an application if there is one. */
export function lastPage(frame: Frame, title: PageName, said: PageName): string {
  const { text, next } = frame
  const link =
    next === undefined ? '' : html`\n<a class="button" href="${next}">${text('continue', new URL(next).host)}</a>`
  return page(frame, title, html`<p>${text(said)}</p>${link}`)
}
