import t from 'tap'
import { createApp } from '../support/app.ts'

t.test('the document has every URL of the table', async t => {
  const { app } = await createApp(t)
  const answer = await app.inject('/openapi.json')
  const document = answer.json()
  t.equal(answer.statusCode, 200)
  t.match(document.openapi, /^3\.1\./)
  t.strictSame(
    Object.entries(document.paths)
      .flatMap(([path, item]) => Object.keys(item as object).map(method => `${method.toUpperCase()} ${path}`))
      .sort(),
    [
      'DELETE /clients/{id}',
      'DELETE /users/me',
      'DELETE /users/me/factors/{id}',
      'DELETE /users/me/identities/{id}',
      'DELETE /users/me/sessions',
      'DELETE /users/me/sessions/{id}',
      'DELETE /users/me/tokens/{id}',
      'DELETE /users/{id}',
      'DELETE /users/{id}/factors',
      'DELETE /users/{id}/identities/{identity}',
      'DELETE /users/{id}/sessions',
      'DELETE /users/{id}/sessions/{session}',
      'DELETE /users/{id}/tokens/{token}',
      'GET /.well-known/jwks.json',
      'GET /.well-known/oauth-authorization-server',
      'GET /audit',
      'GET /audit/counts',
      'GET /audit/verify',
      'GET /clients',
      'GET /clients/{id}',
      'GET /keys',
      'GET /livez',
      'GET /overview',
      'GET /password/rules',
      'GET /readyz',
      'GET /users',
      'GET /users/me',
      'GET /users/me/activity',
      'GET /users/me/factors',
      'GET /users/me/identities',
      'GET /users/me/sessions',
      'GET /users/me/tokens',
      'GET /users/{id}',
      'GET /users/{id}/factors',
      'GET /users/{id}/identities',
      'GET /users/{id}/sessions',
      'GET /users/{id}/tokens',
      'GET /verify',
      'PATCH /clients/{id}',
      'PATCH /users/me',
      'PATCH /users/{id}',
      'POST /authorize-challenge',
      'POST /clients',
      'POST /clients/{id}/secret',
      'POST /email/undo',
      'POST /email/verify',
      'POST /factors/undo',
      'POST /introspect',
      'POST /keys/rotate',
      'POST /password/forgot',
      'POST /password/reset',
      'POST /revoke',
      'POST /setup',
      'POST /token',
      'POST /users',
      'POST /users/me/email/verify-request',
      'POST /users/me/factors',
      'POST /users/me/factors/{id}/confirm',
      'POST /users/me/identities',
      'POST /users/me/recovery-codes',
      'POST /users/me/tokens',
      'POST /users/{id}/invitation',
      'POST /users/{id}/password/reset',
      'PUT /users/me/password'
    ]
  )
})

t.test('the addresses in the document are absolute, and those in the document of the page are not', async t => {
  for (const [issuer, base] of [
    ['https://login.example.com', ''],
    ['https://example.com/auth', '/auth']
  ] as const) {
    const { app } = await createApp(t, { issuer })
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

t.test('with DOCS=off there is no page, no document and no link to them (ASVS 13.4.5)', async t => {
  const { app } = await createApp(t, { docs: 'off' })
  for (const url of ['/docs', '/docs/', '/docs/static/index.css', '/openapi.json']) {
    t.equal((await app.inject(url)).statusCode, 404, url)
    t.equal((await app.inject({ method: 'POST', url })).statusCode, 404, `POST ${url}`)
  }
  const { statusCode, body } = await app.inject('/.well-known/oauth-authorization-server')
  t.equal(statusCode, 200)
  t.notMatch(body, /docs|service_documentation/)
  t.equal((await app.inject('/users/me')).statusCode, 401)
})
