/** Swagger UI has dark colours for `html.dark-mode`, and a button for them only in its top bar, which `/docs` lacks. */
const script = `const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
`

// Mends the colours with a contrast below 4.5:1 (WCAG 2.2 §1.4.3), and parts that are wider than 320 px (§1.4.10).
// Hides the link to the document of the page, which is not for generators.
const style = `@media (prefers-color-scheme: dark) { html { background: #1c2022; } }
.swagger-ui .opblock-body td { overflow-wrap: anywhere; }
.swagger-ui table tbody tr td:first-of-type { min-width: 3em; }
.swagger-ui .headers .header-col:last-child { white-space: nowrap; }
.swagger-ui .opblock-section-header { flex-wrap: wrap; }
.swagger-ui .response-col_links { display: none; }
.swagger-ui .opblock .opblock-summary-method { color: #080a0b; text-shadow: none; }
.swagger-ui .info .title small { background: #434b4f; }
.swagger-ui .info .title small.version-stamp { background: #1d632e; }
.swagger-ui .info a, .swagger-ui .scopes h2 a { color: #1f5fae; }
.swagger-ui .btn.authorize, .swagger-ui .btn.authorize svg { border-color: #17704a; color: #17704a; }
.swagger-ui .btn.execute { background: #1f5fae; border-color: #1f5fae; }
.swagger-ui .btn.cancel { border-color: #b3261e; color: #b3261e; }
.swagger-ui .download-contents { background: #545d61; }
.swagger-ui .parameter__in, .swagger-ui .json-schema-2020-12-expand-deep-button { color: #595959; }
.swagger-ui .json-schema-2020-12__constraint--string { color: #080a0b; }
.swagger-ui .renderedMarkdown code { color: #7209c9; }
.swagger-ui .info a:has(.url) { display: none; }
html.dark-mode .swagger-ui .opblock.opblock-put .opblock-section-header { background: #3b2a20; }
html.dark-mode .swagger-ui .opblock .opblock-section-header .try-out__btn.cancel { border-color: #ff8a8a; color: #ff8a8a; }
html.dark-mode .swagger-ui .headers .header-col { color: #e4e6e6; }
`

/** Makes Swagger UI at `/docs` follow the colour scheme of the browser, readable, and narrow enough for a phone. */
export const docsTheme = {
  title: 'Sallyport API',
  css: [{ filename: 'sallyport.css', content: style }],
  js: [{ filename: 'sallyport.js', content: script }]
}

/** The page with the viewport of the device, which Swagger UI does not set. */
export const withViewport = (page: string) =>
  page.replace('<head>', '<head>\n<meta name="viewport" content="width=device-width, initial-scale=1">')
