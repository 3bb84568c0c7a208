import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1.5rem; }
main { max-width: 26rem; margin: 8vh auto 0; overflow-wrap: anywhere; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
label { display: block; margin-top: 1rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; padding: 0.6rem; font: inherit; border: 1px solid #767676; border-radius: 0.25rem; }
input[readonly] { border-style: dashed; }
.check { font-weight: 400; }
.check input { width: auto; }
button { margin-top: 1.5rem; padding: 0.6rem 1.25rem; font: inherit; font-weight: 600; color: #fff; background: #1a56b0; border: 1px solid transparent; border-radius: 0.25rem; cursor: pointer; }
button:hover { background: #12407f; }
:focus-visible { outline: 3px solid #e08600; outline-offset: 2px; }
.hint { margin: 0.25rem 0; }
.error { margin: 0.5rem 0; padding-left: 0.75rem; border-left: 4px solid #d4351c; font-weight: 600; }
`

/** The source expression that allows the style of `page` under a Content-Security-Policy (CSP 3 §2.3.1). */
export const pageStyle = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

/** A complete HTML page of the service, without a script. */
export function page(title: string, content: Html): string {
  return `<!doctype html>${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${{ html: style }}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`.html
  }`
}
