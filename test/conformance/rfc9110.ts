import { bearer } from '../support/app.ts'
import { talk } from '../support/socket.ts'
import { decision, must, reading, type Standard, should } from './scenarios.ts'
import { assertUncached, startOnSocket } from './world.ts'

const documents = ['/.well-known/oauth-authorization-server', '/.well-known/jwks.json']
const page = 'https://app.example.com'
const preflight = { origin: page, 'access-control-request-method': 'POST' }

export const rfc9110: Standard = {
  name: 'RFC 9110',
  title: 'HTTP Semantics, beside RFC 9112, HTTP/1.1, and RFC 9457, Problem Details',
  date: 'June 2022',
  table: 'rfc9110',
  start: startOnSocket,
  scenarios: [
    must('RFC 9112 §3.2', 'a request with two Host lines is refused with 400, even if both are equal', [
      [
        'plugins/http/host.test.ts',
        'There is one Host, except that HTTP/1.0 needs none (RFC 9112 §3.2), and no second Authorization'
      ]
    ]),
    must(
      'RFC 9112 §3.2',
      'a request with an invalid Host is refused with 400, and so is one of HTTP/1.1 without Host',
      [
        [
          'plugins/http/host.test.ts',
          'A Host that is neither is refused, also after one that is valid (RFC 9112 §3.2)'
        ],
        [
          'plugins/http/host.test.ts',
          'There is one Host, except that HTTP/1.0 needs none (RFC 9112 §3.2), and no second Authorization'
        ]
      ]
    ),
    must('§6.6.1', 'every response has a Date, also to a request that cannot be read', async ({ app, send }, t) => {
      const { answers } = await talk(t, app, 'NONSENSE\r\n\r\n')
      for (const { status, headers } of [...answers, await send('GET', '/livez'), await send('GET', '/nothing')])
        t.ok(Math.abs(Date.now() - Date.parse(String(headers.date))) < 60_000, String(status))
      t.equal(answers[0]?.status, 400)
    }),
    must(
      '§8.6',
      'no response with status 204 has Content-Length; a preflight gets 200, because its plugin sends one',
      { settings: { corsOrigins: [page] } },
      async ({ send, tokens }, t) => {
        const { status, headers } = await send('OPTIONS', '/token', preflight)
        t.strictSame([status, headers['access-control-allow-origin'], headers['content-length']], [200, page, '0'])
        const { access_token } = await tokens()
        const ended = await send('DELETE', '/users/me/sessions', bearer(access_token))
        t.strictSame([ended.status, ended.headers['content-length']], [204, undefined])
      }
    ),
    should(
      '§9.1',
      'a method that a page does not support gets 405 and Allow, also at /console/ and below it',
      async ({ send }, t) => {
        for (const path of ['/', '/console', '/console/', '/console/accounts/1', '/docs', '/docs/', '/openapi.json']) {
          const { status, headers } = await send('POST', path)
          t.strictSame([status, headers.allow], [405, 'GET, HEAD'], path)
        }
      }
    ),
    must(
      '§13.1.1',
      'a change whose If-Match names other versions only is refused with 412, and one that is no list with 400',
      [['routes/account-claims.test.ts', 'Changes under If-Match do not overwrite each other (RFC 9110 §13.1.1)']]
    ),
    must(
      '§13.1.2',
      'metadata and keys have an ETag: a client that has them gets 304, by weak comparison, with a list or *',
      [
        ['plugins/http/etag.test.ts', 'If-None-Match is a list or *, and compared weakly (RFC 9110 §13.1.2)'],
        [
          'routes/well-known.test.ts',
          'The JWKS contains public keys only, with a lifetime and an ETag (RFC 7517 §5, RFC 9110 §8.8.3)'
        ],
        [
          'routes/well-known.test.ts',
          'The metadata have the nonce of the first proof, also when they have not changed (RFC 9449 §8.2)'
        ]
      ]
    ),
    should(
      '§15.4.5',
      'a 304 has no Content-Type, and no Content-Length but that of the document (§8.6)',
      async ({ send }, t) => {
        for (const path of documents) {
          const length = (await send('GET', path)).headers['content-length']
          for (const method of ['GET', 'HEAD']) {
            const { status, headers } = await send(method, path, { 'if-none-match': '*' })
            t.strictSame([status, headers['content-type']], [304, undefined], `${method} ${path}`)
            t.ok([undefined, length].includes(headers['content-length']), `${method} ${path}`)
          }
        }
      }
    ),
    decision('§14.2', 'a Range is ignored, and the whole file is sent', async ({ send }, t) => {
      const path = '/docs/static/index.css'
      const { text } = await send('GET', path)
      for (const range of ['bytes=2-4', 'bytes=99999999-']) {
        const answer = await send('GET', path, { range })
        t.strictSame([answer.status, answer.text, answer.headers['accept-ranges']], [200, text, undefined], range)
      }
    }),
    should('RFC 5789 §2.2', 'a 415 to PATCH names the accepted type in Accept-Patch', async ({ send, tokens }, t) => {
      const headers = { ...bearer((await tokens()).access_token), 'content-type': 'application/json-patch+json' }
      const answer = await send('PATCH', '/users/me', headers, '{}')
      t.strictSame(
        [answer.status, answer.headers['accept-patch']],
        [415, 'application/json, application/merge-patch+json']
      )
    }),
    must('RFC 9457 §3.1.5', 'the instance of a problem is a URI reference, and always one of this server', [
      [
        'plugins/http/errors.test.ts',
        'The instance of a problem is a path of this server, as a URI reference (RFC 9457 §3.1.5)'
      ]
    ]),
    decision(
      'RFC 6749 §5.1',
      'a request without the address of its client is refused like every other: uncached, with a request id',
      { settings: { trustProxy: ['127.0.0.1'] } },
      async ({ logIn }, t) => {
        const answer = await logIn({}, { 'x-forwarded-for': 'unknown' })
        t.equal(answer.status, 400)
        assertUncached(t, answer)
        t.match(answer.headers, { 'x-content-type-options': 'nosniff', 'x-request-id': /./ })
      }
    ),
    decision(
      'RFC 6797 §7.1',
      'every response of an https issuer has Strict-Transport-Security for a year (ASVS 3.4.1)',
      async ({ app, send, logIn }, t) => {
        const { answers } = await talk(t, app, 'NONSENSE\r\n\r\n')
        for (const { headers } of [await send('GET', '/livez'), await logIn(), await send('GET', '/docs'), ...answers])
          t.equal(headers['strict-transport-security'], 'max-age=31536000; includeSubDomains')
      }
    )
  ],
  deviations: [
    {
      section: '§13.1.1',
      requirement: 'strong comparison of If-Match: a weak tag matches nothing',
      level: 'MUST',
      why: 'A proxy that compresses, such as nginx with `gzip`, makes our tags weak, and its clients would get 412 for every change. A tag is a digest of all that the API returns of the account, so the weak tag of another version never matches.'
    }
  ],
  readings: [
    reading(
      'RFC 6797 §6.1.2',
      'Does the policy include the subdomains of the host?',
      'Yes, unless the issuer has a path: then the host is that of another site, which decides for its subdomains.'
    )
  ]
}
