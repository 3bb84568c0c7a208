import t, { type Test } from 'tap'
import { basic, bearer, createApp, createUser, logIn, password, postForm } from '../support/app.ts'
import { bothSchemes } from '../support/dpop.ts'
import { assertProblem } from '../support/problem.ts'

const invalid = 'The access token is invalid, expired or revoked.'
const scopePattern = '^[!#-\\[\\]-~]+( [!#-\\[\\]-~]+)*$'

/** A fresh app on which alice is logged in with two scopes. */
async function withAlice(t: Test) {
  const { app, clock } = await createApp(t, {})
  const user = await createUser(app, 'alice', ['me', 'orders:read'])
  const tokens = await logIn(app)
  const verify = (headers: Record<string, string>, query = '') => app.inject({ url: `/verify${query}`, headers })
  return { app, clock, user, tokens, verify }
}

/** The headers of an answer that identify the user. */
const identityOf = ({ headers }: { headers: Record<string, unknown> }) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-auth-')))

t.test('The user of an access token is returned in headers, without a body and uncached', async t => {
  const { user, tokens, verify } = await withAlice(t)
  for (const query of ['', '?scope=me', '?scope=orders:read%20me', '?scope=me+orders:read']) {
    const answer = await verify(bearer(tokens.access_token), query)
    t.equal(answer.statusCode, 204, query)
    t.equal(answer.body, '')
    t.equal(answer.headers['cache-control'], 'no-store')
    t.strictSame(identityOf(answer), {
      'x-auth-subject': user.id,
      'x-auth-username': 'alice',
      'x-auth-client': 'first-party',
      'x-auth-scope': 'me orders:read'
    })
  }
})

t.test(
  "A client's own token has an empty username, so that a proxy can replace a forged one (RFC 6749 §4.4)",
  async t => {
    const { app, verify } = await withAlice(t)
    const registration = { name: 'reports', confidential: true, grants: ['client_credentials'], scopes: ['me'] }
    const { client, secret } = await app.clientAdmin.create(registration)
    const form = { grant_type: 'client_credentials' }
    const { access_token } = (await postForm(app, '/token', form, basic(client.id, String(secret)))).json()
    const answer = await verify(bearer(access_token))
    t.equal(answer.statusCode, 204)
    t.strictSame(identityOf(answer), {
      'x-auth-subject': client.id,
      'x-auth-username': '',
      'x-auth-client': client.id,
      'x-auth-scope': 'me'
    })
  }
)

t.test('A refused access token gets the answer of RFC 6750 §3.1, which names no user', async t => {
  const { app, clock, user, tokens, verify } = await withAlice(t)
  const ended = await logIn(app)
  await postForm(app, '/revoke', { token: ended.refresh_token })
  await app.users.register({ username: 'bob', password, scopes: ['me'] }, {})
  const bob = await logIn(app, { username: 'bob' })
  await app.userAdmin.update((await app.userAdmin.byIdOrName('bob')).id, { disabled: true }, {})

  const good = bearer(tokens.access_token)
  const lacks = (scope: string) => `The access token lacks the scope ${scope}.`
  const pattern = `must match pattern "${scopePattern}"`
  const malformed = 'The Authorization header is malformed. Send: Authorization: Bearer <token>.'
  const scenarios: [name: string, headers: Record<string, string>, query: string, Refused][] = [
    ['no token', {}, '', [401, 'Send an access token: Authorization: Bearer <token>.', '']],
    [
      'another scheme',
      { authorization: 'Basic Og==' },
      '',
      [401, 'Send an access token: Authorization: Bearer <token>.', '']
    ],
    ['a malformed header', { authorization: 'Bearer a b' }, '', [400, malformed, 'invalid_request']],
    ['garbage', bearer('garbage'), '', [401, invalid, 'invalid_token']],
    ['a refresh token', bearer(tokens.refresh_token), '', [401, invalid, 'invalid_token']],
    ['a login that has ended', bearer(ended.access_token), '', [401, invalid, 'invalid_token']],
    ['a disabled user', bearer(bob.access_token), '', [401, invalid, 'invalid_token']],
    ['a scope too many', good, '?scope=me%20a%20b', [403, lacks('a'), 'insufficient_scope', 'me a b']],
    ['a scope in another case', good, '?scope=ME', [403, lacks('ME'), 'insufficient_scope', 'ME']],
    [
      'the token in the URL too',
      good,
      `?access_token=${tokens.access_token}`,
      [400, 'The request is not valid: /access_token is unknown.']
    ],
    ['an empty scope', good, '?scope=', [400, `The request is not valid: /scope ${pattern}.`]],
    ['two blanks', good, '?scope=me%20%20me', [400, `The request is not valid: /scope ${pattern}.`]],
    ['a scope that would end the challenge', good, '?scope=%22', [400, `The request is not valid: /scope ${pattern}.`]],
    [
      'a resource that would end the challenge',
      good,
      '?resource=%22%0A',
      [401, 'The access token is not for "\n.', 'invalid_token']
    ],
    ['two scope parameters', good, '?scope=me&scope=me', [400, 'The request is not valid: /scope must be string.']],
    ['a parameter that is not known', good, '?scopes=admin', [400, 'The request is not valid: /scopes is unknown.']]
  ]
  for (const [name, headers, query, refused] of scenarios) await assertRefused(t, verify, name, headers, query, refused)

  await app.userAdmin.update(user.id, { scopes: ['me'] }, {})
  await assertRefused(t, verify, 'a scope that the user has lost', good, '?scope=orders:read', [
    403,
    lacks('orders:read'),
    'insufficient_scope',
    'orders:read'
  ])
  clock.advance(tokens.expires_in)
  await assertRefused(t, verify, 'an expired token', good, '', [401, invalid, 'invalid_token'])
})

/** The content of a refusal: `error` is undefined without a challenge, and empty if the challenge names none. */
type Refused = [status: number, detail: string, error?: string, scope?: string]

async function assertRefused(
  t: Test,
  verify: Awaited<ReturnType<typeof withAlice>>['verify'],
  name: string,
  headers: Record<string, string>,
  query: string,
  [status, detail, error, scope]: Refused
) {
  const answer = await verify(headers, query)
  const [, pointer, problem] = /^The request is not valid: (\/\w+) (.*)\.$/.exec(detail) ?? []
  const errors = pointer ? { errors: [{ pointer, detail: String(problem) }] } : {}
  assertProblem(t, answer, status, '/verify', { detail, ...errors }, name)
  t.strictSame(identityOf(answer), {}, name)
  const description = detail.replace(/["\n]/g, encodeURIComponent)
  const failure = error ? `, error="${error}", error_description="${description}"` : ''
  const challenge = error ? `Bearer realm="sallyport"${failure}${scope ? `, scope="${scope}"` : ''}` : bothSchemes
  t.equal(answer.headers['www-authenticate'], error === undefined ? undefined : challenge, name)
}

t.test('A name is percent-encoded UTF-8, so that any fits in a header and none ends it (RFC 3986 §2.1)', async t => {
  const { app, verify } = await withAlice(t)
  for (const [username, encoded] of [
    ['zoë', 'zo%C3%AB'],
    ['アリス', '%E3%82%A2%E3%83%AA%E3%82%B9'],
    ['😀', '%F0%9F%98%80'],
    ['a b', 'a%20b'],
    ['100%', '100%25'],
    ['"a", b=c;', '%22a%22%2C%20b%3Dc%3B']
  ] as const) {
    await createUser(app, username)
    const { access_token } = await logIn(app, { username })
    t.equal((await verify(bearer(access_token))).headers['x-auth-username'], encoded)
    t.equal(decodeURIComponent(encoded), username)
  }
})
