import t from 'tap'
import { html } from '../../src/pages/html.ts'

t.test('Text in a template is escaped once, and markup is not', async t => {
  const inner = html`<b>${'<&>'}</b>`
  t.strictSame(html`<p title="${`"'`}">${inner} ${'a'}</p>`, {
    html: '<p title="&#34;&#39;"><b>&#60;&#38;&#62;</b> a</p>'
  })
  t.strictSame(html`plain`, { html: 'plain' })
})
