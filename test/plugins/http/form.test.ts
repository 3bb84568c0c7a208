import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import errors from '../../../plugins/http/errors.ts'
import form, { parseForm } from '../../../plugins/http/form.ts'
import outage from '../../../plugins/outage.ts'
import { createApp, createUser, password, postForm } from '../../support/app.ts'
import { stranger, wrongPassword } from '../../support/guess.ts'
import { bareFastify } from '../../support/plugins.ts'

async function echoing(t: Test) {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  await app.register(async scope => {
    await scope.register(form)
    scope.post('/echo', { config: { oauth: true } }, async ({ body }) => ({ ...(body as object) }))
  })
  app.post('/json', async ({ body }) => body)
  return app
}

const post = (app: Awaited<ReturnType<typeof echoing>>, payload: Buffer) =>
  app.inject({
    method: 'POST',
    url: '/echo',
    payload,
    headers: { 'content-type': 'application/x-www-form-urlencoded' }
  })

t.test('A form is parsed as RFC 6749 Appendix B and the WHATWG define it', async t => {
  for (const [text, parameters] of [
    ['', {}],
    ['a=1', { a: '1' }],
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a&b=1', { b: '1' }],
    ['a=&b=1', { b: '1' }],
    ['=1', { '': '1' }],
    ['&&a=1&&', { a: '1' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=b+c%20d%2Be', { a: 'b c d+e' }],
    ['a+b=1', { 'a b': '1' }],
    ['password=pass%F0%9F%98%80word', { password: 'pass😀word' }],
    ['a=%EF%BF%BD', { a: '\ufffd' }],
    ['a=%00', { a: '\0' }],
    ['a[]=1&a.b=2', { 'a[]': '1', 'a.b': '2' }],
    ['constructor=1&toString=2&hasOwnProperty=3', { constructor: '1', toString: '2', hasOwnProperty: '3' }]
  ] as const) {
    t.strictSame(Object.entries(parseForm(text)), Object.entries(parameters), text)
  }
})

t.test('__proto__ is a parameter like any other (prototype pollution)', async t => {
  const form = parseForm('__proto__=1&__proto__.admin=true')
  t.equal(Object.getPrototypeOf(form), null)
  t.strictSame(Object.keys(form), ['__proto__', '__proto__.admin'])
  t.equal(({} as { admin?: string }).admin, undefined)
})

t.test('A repeated parameter is invalid_request (RFC 6749 §3.2)', async t => {
  for (const text of ['a=1&a=2', 'a=1&a=1', 'a&a=', 'a=1&%61=2', '__proto__=1&__proto__=2']) {
    const name = text.startsWith('__') ? '__proto__' : 'a'
    t.throws(
      () => parseForm(text),
      {
        name: 'OAuthError',
        code: 'invalid_request',
        status: 400,
        message: `The parameter ${name} appears more than once.`
      },
      text
    )
  }
})

t.test('Invalid percent-encoding or UTF-8 is invalid_request (RFC 6749 Appendix B)', async t => {
  for (const text of ['a=%', 'a=%4', 'a=%zz', 'a=%ff', 'a=%c0%80', 'a=%ed%a0%80', '%ff=1', 'a=\ufffd', 'a=%F0%9F%98']) {
    t.throws(
      () => parseForm(text),
      { code: 'invalid_request', message: 'The form is not valid percent-encoded UTF-8.' },
      text
    )
  }
})

t.test('JSON that is labelled as a form is named, at every OAuth endpoint', async t => {
  const { app } = await createApp(t)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const parameters = { grant_type: 'password', username: 'alice', password: 'a=b&c=d', token: 'x' }
  for (const url of ['/token', '/authorize-challenge', '/revoke', '/introspect'])
    for (const payload of [JSON.stringify(parameters), `\n${JSON.stringify(parameters, null, 2)}`]) {
      const answer = await app.inject({ method: 'POST', url, headers, payload })
      t.equal(answer.statusCode, 400, url)
      t.strictSame(answer.json(), {
        error: 'invalid_request',
        error_description: 'The body looks like JSON. Send application/x-www-form-urlencoded.'
      })
    }
  t.strictSame({ ...parseForm('%7B%22a%22:1%7D=1&{b}=2') }, { '{"a":1}': '1', '{b}': '2' }, 'a name may have braces')
})

t.test('A form of other bytes than UTF-8 is refused (RFC 6749 Appendix B)', async t => {
  const answer = await post(await echoing(t), Buffer.from([0x61, 0x3d, 0xff]))
  t.equal(answer.statusCode, 400)
  t.strictSame(answer.json(), {
    error: 'invalid_request',
    error_description: 'The form is not valid percent-encoded UTF-8.'
  })
})

t.test('Parameters in the URL are refused by name, without repeating their value (RFC 6749 §2.3.1)', async t => {
  const { app } = await createApp(t)
  const { paths, components } = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
  const names = ['/token', '/authorize-challenge', '/revoke', '/introspect'].flatMap(path => {
    const { schema } = paths[path].post.requestBody.content['application/x-www-form-urlencoded']
    return Object.keys(components.schemas[schema.$ref.split('/').at(-1)].properties)
  })
  t.ok(names.includes('password') && names.includes('code_challenge') && names.includes('token'))
  for (const name of new Set(names)) {
    const answer = await postForm(app, `/revoke?x=1&${name}=hunter2`, { token: 'x' })
    t.equal(answer.statusCode, 400)
    t.strictSame(answer.json(), {
      error: 'invalid_request',
      error_description: `Send ${name} in the body, not in the URL.`
    })
  }
  t.equal((await postForm(app, '/revoke?x=1', { token: 'x' })).statusCode, 200, 'others are ignored')
})

t.test('Bodies outside its scope are parsed as usual (encapsulation)', async t => {
  const app = await echoing(t)
  t.strictSame((await app.inject({ method: 'POST', url: '/json', payload: { a: 1 } })).json(), { a: 1 })
})

const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
const ownPage = 'https://app.example.com'
const guess = { grant_type: 'password', username: 'alice', password: wrongPassword }

t.test('A page of another site cannot use up the attempts of its visitor (Fetch Metadata §2.1)', async t => {
  const { app } = await createApp(t, { corsOrigins: [ownPage] })
  await createUser(app)
  const challenge = { response_type: 'code', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }
  for (const [url, form] of [
    ['/token', guess],
    ['/authorize-challenge', { ...challenge, username: 'alice', password: wrongPassword }],
    ['/revoke', { token: 'x' }],
    ['/introspect', { token: 'x' }]
  ] as const)
    for (let time = 0; time < (url === '/token' ? 11 : 1); time++) {
      const answer = await postForm(app, url, form, foreign, stranger)
      t.equal(answer.statusCode, 400, url)
      t.strictSame(answer.json(), {
        error: 'invalid_request',
        error_description: 'A web page of another site sent this. To allow it, add its origin to CORS_ORIGINS.'
      })
    }
  const right = await postForm(app, '/token', { ...guess, password }, {}, stranger)
  t.equal(right.statusCode, 200, 'nothing was counted')
})

t.test(
  'Pages of this site and of CORS_ORIGINS are served, and what is not a browser (Fetch Metadata §2.1)',
  async t => {
    for (const [corsOrigins, requests] of [
      [
        [],
        [
          [{}, 'invalid_grant'],
          [{ origin: 'https://evil.example' }, 'invalid_grant'],
          [{ 'sec-fetch-site': 'same-origin' }, 'invalid_grant'],
          [{ 'sec-fetch-site': 'same-site', origin: ownPage }, 'invalid_grant'],
          [{ 'sec-fetch-site': 'none' }, 'invalid_grant'],
          [{ 'sec-fetch-site': 'cross-site' }, 'invalid_request'],
          [{ ...foreign, origin: 'null' }, 'invalid_request']
        ]
      ],
      [
        [ownPage, 'http://localhost:5173'],
        [
          [{ ...foreign, origin: ownPage }, 'invalid_grant'],
          [{ 'sec-fetch-site': 'cross-site' }, 'invalid_request'],
          [{ ...foreign, origin: `${ownPage}.evil.example` }, 'invalid_request']
        ]
      ],
      [['*'], [foreign, { ...foreign, origin: 'null' }].map(headers => [headers, 'invalid_grant'])]
    ] as [string[], [Record<string, string>, string][]][]) {
      const { app } = await createApp(t, { corsOrigins })
      for (const [headers, error] of requests) {
        const answer = await postForm(app, '/token', guess, headers, stranger)
        t.equal(answer.json().error, error, JSON.stringify([corsOrigins, headers]))
      }
    }
  }
)
