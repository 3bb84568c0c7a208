import t, { type Test } from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import type { Config } from '../../src/config/config.ts'
import { createApp, password } from '../support/app.ts'
import { assertProblem } from '../support/problem.ts'

const detail =
  'This link has expired or was already used. If there is an administrator, sign in. Otherwise, run “npx sallyport setup-link” in the folder of the server: it prints a new one.'

async function withLink(t: Test, settings: Partial<Config> = {}) {
  const { app } = await createApp(t, settings)
  const [, token] = (await app.setupLinks.create()).split('#setup=')
  const post = (payload: object) => app.inject({ method: 'POST', url: '/setup', payload })
  return { app, token, post }
}

t.test('POST /setup creates the first administrator, once', async t => {
  const { app, token, post } = await withLink(t, { issuer: 'https://example.com/auth' })
  const answer = await post({ token, username: 'Root', password })
  const root = await app.userAdmin.byIdOrName('root')
  t.equal(answer.statusCode, 201)
  t.equal(answer.headers.location, `/auth/users/${root.id}`)
  t.strictSame(answer.json(), app.users.describe(root))
  t.strictSame(root.scopes, adminScopes)
  for (const used of [token, 'another', ''])
    assertProblem(t, await post({ token: used, username: 'eve', password }), 403, '/setup', { detail })
})

t.test('It works while registration is closed', async t => {
  const { token, post } = await withLink(t, { registration: 'closed' })
  t.equal((await post({ token, username: 'root', password })).statusCode, 201)
})

t.test('An invalid body is 400 with a pointer to each member, and the link stays', async t => {
  const { token, post } = await withLink(t)
  for (const [payload, pointer, detail] of [
    [{ username: 'root', password }, '/token', 'is missing'],
    [{ token: 7, username: 'root', password }, '/token', 'must be string'],
    [{ token, username: 'root', password, scopes: ['me'] }, '/scopes', 'is unknown'],
    [
      { token, username: 'a@b', password },
      '/username',
      'must not contain @, control characters or invisible characters'
    ]
  ] as const)
    assertProblem(t, await post(payload), 400, '/setup', {
      detail: `The request is not valid: ${pointer} ${detail}.`,
      errors: [{ pointer, detail }]
    })
  t.equal((await post({ token, username: 'root', password })).statusCode, 201)
})

t.test('With CONSOLE=off there is no such URL', async t => {
  const { app } = await createApp(t, { docs: 'on', console: 'off' })
  const answer = await app.inject({
    method: 'POST',
    url: '/setup',
    payload: { token: 'x', username: 'root', password }
  })
  t.equal(answer.statusCode, 404)
  t.notOk((await app.inject('/openapi.json')).json().paths['/setup'])
})
