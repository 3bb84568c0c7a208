import t, { type Test } from 'tap'
import { createIntrospectionCheck } from '../../src/resource-server/introspect.ts'
import { checkOptions } from '../../src/resource-server/options.ts'

const issuer = 'https://login.example.com'
const endpoint = `${issuer}/introspect`
const active = {
  active: true,
  iss: issuer,
  aud: issuer,
  sub: 'alice',
  client_id: 'first-party',
  token_type: 'Bearer',
  scope: 'me',
  jti: '1',
  iat: 0,
  exp: 600
}

/**
 * An introspection check whose issuer gives `answer` for every token; `asked` returns the requests to the issuer. The
 * clock stands a minute after the epoch.
 */
function createCheck(t: Test, answer: unknown, leeway?: number) {
  const fetches = t.capture(globalThis, 'fetch', async (url: string | URL) =>
    Response.json(String(url) === endpoint ? answer : { issuer, introspection_endpoint: endpoint })
  )
  const options = checkOptions({ issuer, audience: issuer, leeway, now: () => new Date(60_000) })
  const check = createIntrospectionCheck(options, { clientId: 'c 1', clientSecret: 'a:b+ü%' })
  return { check, asked: () => fetches().map(({ args }) => args as unknown as [string | URL, RequestInit]) }
}

/** The status with which a token is refused for this answer, or 200. */
const statusOf = (t: Test, answer: object, leeway?: number): Promise<number> =>
  createCheck(t, answer, leeway)
    .check('token')
    .then(
      ({ sub }) => (sub === 'alice' ? 200 : 0),
      ({ name, statusCode }) => (name === 'BearerError' ? statusCode : 0)
    )

t.test(
  'A token is sent in a form, by a client whose credentials are encoded (RFC 7662 §2.1, RFC 6749 §2.3.1)',
  async t => {
    const { check, asked } = createCheck(t, active)
    t.match(await check('a+token'), { sub: 'alice', sessionId: undefined, scopes: ['me'], claims: active })
    const [, [url, init]] = asked() as [unknown, [URL, RequestInit]]
    t.equal(url.href, endpoint)
    t.match(init, { method: 'POST', redirect: 'manual', headers: { accept: 'application/json' } })
    t.equal(String(init.body), 'token=a%2Btoken&token_type_hint=access_token')
    const [, encoded] = (init.headers as Record<string, string>).authorization?.split('Basic ') ?? []
    t.equal(String(Buffer.from(String(encoded), 'base64')), 'c%201:a%3Ab%2B%C3%BC%25')
  }
)

t.test('No result of introspection is cached', async t => {
  const { check, asked } = createCheck(t, active)
  await check('token')
  await check('token')
  t.equal(asked().length, 3, 'the metadata once, the token twice')
})

t.test('Only an active access token of this issuer for this API passes (RFC 7662 §4)', async t => {
  const { token_type, ...untyped } = active
  const scenarios = [
    ['inactive', { active: false }, 401],
    ['inactive, whatever else is said', { ...active, active: false }, 401],
    ['a refresh token', { ...active, token_type: 'refresh_token' }, 401],
    ['a token without a type', untyped, 401],
    ['another issuer', { ...active, iss: 'https://evil.example' }, 401],
    ['another audience', { ...active, aud: 'https://other.example.com' }, 401],
    ['active as text', { ...active, active: 'true' }, 503],
    ['no introspection at all', {}, 503],
    ['a token type in other letters', { ...active, token_type: 'bearer' }, 200]
  ] as const
  for (const [name, answer, status] of scenarios) t.equal(await statusOf(t, answer), status, name)
})

t.test(
  'The times in the answer are checked against the clock of the API, with its leeway (RFC 7519 §4.1.4 to §4.1.6)',
  async t => {
    for (const [name, times, withLeeway, without] of [
      ['an hour over', { iat: -7200, exp: -3600 }, 401, 401],
      ['over for nearly ten seconds', { exp: 51 }, 200, 401],
      ['over for ten seconds', { exp: 50 }, 401, 401],
      ['over just now', { exp: 60 }, 200, 401],
      ['from ten seconds ahead', { iat: 70 }, 200, 401],
      ['from eleven seconds ahead', { iat: 71 }, 401, 401],
      ['valid in ten seconds', { nbf: 70 }, 200, 401],
      ['valid in eleven seconds', { nbf: 71 }, 401, 401],
      ['valid since just now', { nbf: 60 }, 200, 200],
      ['an nbf that is not a number', { nbf: 'tomorrow' }, 401, 401]
    ] as const) {
      const answer = { ...active, ...times }
      t.strictSame([await statusOf(t, answer), await statusOf(t, answer, 0)], [withLeeway, without], name)
    }
  }
)
