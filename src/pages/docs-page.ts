/** Swagger UI has dark colours for `html.dark-mode`, and a button for them only in its top bar, which `/docs` lacks. */
const script = `const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', follow)
follow()
`

// Mends the colours with a contrast below 4.5:1 (WCAG 2.2 §1.4.3), and parts that are wider than 320 px (§1.4.10).
// Hides the link to the document of the page, which is not for generators. In the Authorize dialog, the scopes scroll,
// so that the fields and the button are in sight, and the error is not shown again behind it.
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
.swagger-ui .info a:has(.url), .swagger-ui .scope-def { display: none; }
.swagger-ui :not(.loading-container) > .errors-wrapper { display: none; }
.swagger-ui .info { margin: 20px 0; }
.swagger-ui .info hgroup.main { margin: 0; }
.swagger-ui .scheme-container { margin: 0; padding: 16px 0; }
.swagger-ui .dialog-ux .modal-ux { max-height: calc(100vh - 16px); display: flex; }
.swagger-ui .dialog-ux .modal-ux :is(.modal-dialog-ux, .modal-ux-inner) { display: flex; flex-direction: column; min-height: 0; width: 100%; }
.swagger-ui .dialog-ux .modal-ux-content { max-height: none; padding: 8px 20px 0; }
.swagger-ui .dialog-ux .modal-ux-content :is(h4, p) { margin: 4px 0; }
.swagger-ui :is(.auth-container, .auth-container .wrapper) { padding: 0; border: 0; }
.swagger-ui .auth-container :is(input[type=text], input[type=password], select) { min-width: 0; width: 100%; margin: 2px 0 6px; }
.swagger-ui .scopes { max-height: 150px; overflow-y: auto; }
.swagger-ui .auth-btn-wrapper { position: sticky; bottom: 0; padding: 8px 0; background: #fff; }
html.dark-mode .swagger-ui .auth-btn-wrapper { background: #2a2e30; }
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
