import { readFileSync } from 'node:fs'
import t from 'tap'
import { createApp } from '../support/app.ts'

t.test('The server has every URL of docs/openapi.json, and no other', async t => {
  const { app } = await createApp(t, { docs: 'on', rpId: 'example.com' })
  const answer = await app.inject('/openapi.json')
  const document = answer.json()
  t.equal(answer.statusCode, 200)
  t.match(document.openapi, /^3\.1\./)
  const published = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
  const urlsOf = (paths: Record<string, object>) =>
    Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map(method => `${method} ${path}`))
  t.strictSame(urlsOf(document.paths).sort(), urlsOf(published.paths).sort())
})

t.test('The addresses in the document are absolute, and those in the document of the page are not', async t => {
  for (const [issuer, base] of [
    ['https://login.example.com', ''],
    ['https://example.com/auth', '/auth']
  ] as const) {
    const { app } = await createApp(t, { docs: 'on', issuer })
    for (const [url, server, token] of [
      ['/openapi.json', issuer, `${issuer}/token`],
      // The page may be open at another origin, and its policy allows no other (CSP 3).
      ['/docs/json', base || '/', `${base}/token`]
    ]) {
      const { servers, components } = (await app.inject(String(url))).json()
      t.strictSame(servers, [{ url: server, description: 'This server' }])
      t.match(components.securitySchemes.password.flows.password, { tokenUrl: token, refreshUrl: token })
    }
  }
})

t.test('With DOCS=off there is no page, no document and no link to them (ASVS 13.4.5)', async t => {
  const { app } = await createApp(t)
  for (const url of ['/docs', '/docs/', '/docs/static/index.css', '/openapi.json']) {
    t.equal((await app.inject(url)).statusCode, 404, url)
    t.equal((await app.inject({ method: 'POST', url })).statusCode, 404, `POST ${url}`)
  }
  const { statusCode, body } = await app.inject('/.well-known/oauth-authorization-server')
  t.equal(statusCode, 200)
  t.notMatch(body, /docs|service_documentation/)
  t.equal((await app.inject('/users/me')).statusCode, 401)
})
