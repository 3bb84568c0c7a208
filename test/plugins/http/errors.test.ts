import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import errors, { createAnswerClientError } from '../../../plugins/http/errors.ts'
import outage from '../../../plugins/outage.ts'
import { invalidMember, OAuthError, Problem } from '../../../src/base/errors.ts'
import { loggerOptions } from '../../../src/logging/logging.ts'
import { createTerminalLog } from '../../../src/logging/terminal-log.ts'
import { StoreError } from '../../../src/store/errors.ts'
import { authenticateHeader } from '../../../src/wire/authenticate-header.ts'
import { basic, createApp, createUser, password, postForm } from '../../support/app.ts'
import { bareFastify } from '../../support/plugins.ts'
import { talk } from '../../support/socket.ts'

const answerClientError = createAnswerClientError('http://localhost:3000')
const secret = 'INSERT INTO users … params: $2b$12$secret at /srv/app.ts:1:2'
const somethingWrong = 'Internal server error. The cause has been logged.'

/** A server with one route of each kind that throws what the test says. */
async function throwing(t: Test, error: unknown) {
  const { app, log } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  const handler = async () => {
    throw error
  }
  app.get('/problem', handler)
  app.get('/oauth', { config: { oauth: true } }, handler)
  return { app, log: () => log.join('') }
}

const httpError = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

/** What an error becomes: the problem, and the OAuth error, whose status is 400 unless it is named. */
interface Expected {
  status: number
  title: string
  code: string
  detail: string
  oauth: [error: string, status?: number]
  headers?: Record<string, string>
  /** What the OAuth error says instead. */
  description?: string
  errors?: object[]
  isLogged?: boolean
}

const bug = {
  ...{ status: 500, title: 'Internal Server Error', code: 'server_error', detail: somethingWrong, isLogged: true },
  oauth: ['server_error', 500] as [string, number]
}
const wait = {
  ...{ status: 503, title: 'Service Unavailable', code: 'temporarily_unavailable', detail: 'Wait.' },
  ...{ oauth: ['temporarily_unavailable', 503] as [string, number], headers: { 'retry-after': '1' } }
}
const badRequest = { status: 400, title: 'Bad Request', code: 'invalid_request' }
const oauth: [string] = ['invalid_request']
const retryAfter = (seconds: string) => ({ headers: { 'Retry-After': seconds } })

const scenarios: Record<string, [error: unknown, Expected]> = {
  'a Problem': [
    new Problem('username_taken', 'It is taken.', { headers: { 'X-Test': 'yes' } }),
    {
      status: 409,
      title: 'Conflict',
      code: 'username_taken',
      detail: 'It is taken.',
      oauth,
      headers: { 'x-test': 'yes' }
    }
  ],
  'a Problem about a member': [
    invalidMember('/a', 'is wrong'),
    {
      ...badRequest,
      detail: 'The request is not valid: /a is wrong.',
      errors: [{ pointer: '/a', detail: 'is wrong' }],
      oauth
    }
  ],
  'a challenge': [
    new Problem('missing_token', 'Send a token.', { headers: authenticateHeader('Bearer') }),
    {
      ...{ status: 401, title: 'Unauthorized', code: 'missing_token', detail: 'Send a token.', oauth },
      headers: { 'www-authenticate': 'Bearer realm="sallyport"' }
    }
  ],
  'an OAuthError': [
    new OAuthError('invalid_grant', 'The username or the password is wrong.'),
    { ...badRequest, detail: 'The username or the password is wrong.', oauth: ['invalid_grant'] }
  ],
  'an OAuthError with characters that RFC 6749 §5.2 does not allow': [
    new OAuthError('invalid_scope', 'no "é" \\ here\n'),
    { ...badRequest, detail: 'no ??? ? here?', oauth: ['invalid_scope'] }
  ],
  'a full queue': [new OAuthError('temporarily_unavailable', 'Wait.', { status: 503, ...retryAfter('1') }), wait],
  'a 503 with a cause': [
    new Problem('temporarily_unavailable', 'Wait.', { ...retryAfter('1'), cause: new Error('the reason') }),
    { ...wait, isLogged: true }
  ],
  'a caller that has to wait': [
    new OAuthError('temporarily_unavailable', 'Wait.', { status: 429, ...retryAfter('8') }),
    {
      ...{ status: 429, title: 'Too Many Requests', code: 'too_many_attempts', detail: 'Wait.' },
      ...{ oauth: ['temporarily_unavailable', 429], headers: { 'retry-after': '8' } }
    }
  ],
  'an unavailable database': [
    new StoreError('unavailable', secret, '53100'),
    { ...wait, detail: 'The database is unavailable. Try again in a moment.', isLogged: true }
  ],
  'a conflict in the database': [
    new StoreError('conflict', secret),
    {
      ...{ status: 409, title: 'Conflict', code: 'changed_meanwhile', oauth },
      detail: 'Another request changed the same data. Try again.'
    }
  ],
  'a deliberate server_error': [
    new OAuthError('server_error', 'There is no key.', { status: 500 }),
    { ...bug, detail: 'There is no key.' }
  ],
  'a statement that failed': [new StoreError('failed', secret), bug],
  'a bug': [new TypeError(secret), bug],
  "another server's error": [httpError(502, secret), bug],
  "Fastify's refusal of a large body": [
    httpError(413, 'Request body is too large'),
    {
      ...{ status: 413, title: 'Content Too Large', code: 'content_too_large', detail: 'Request body is too large' },
      oauth: ['invalid_request', 413]
    }
  ],
  "Fastify's refusal of a content type": [
    httpError(415, 'Unsupported Media Type'),
    {
      ...{ status: 415, title: 'Unsupported Media Type', code: 'unsupported_media_type', oauth },
      ...{ detail: 'Unsupported Media Type' },
      description: 'Send the parameters as application/x-www-form-urlencoded.'
    }
  ],
  'another method': [
    new Problem('method_not_allowed', 'Use POST.', { headers: { Allow: 'POST' } }),
    {
      ...{ status: 405, title: 'Method Not Allowed', code: 'method_not_allowed', detail: 'Use POST.' },
      ...{ oauth: ['invalid_request', 405], headers: { allow: 'POST' } }
    }
  ],
  'a status without a title here': [
    httpError(418, 'I am a teapot'),
    { status: 418, title: 'Error', code: 'invalid_request', detail: 'I am a teapot', oauth }
  ]
}

t.test('Every error is answered in the error format of its URL (RFC 9457, RFC 6749 §5.2)', async t => {
  for (const [name, [error, expected]] of Object.entries(scenarios)) {
    const { oauth, headers = {}, isLogged = false, description, ...problem } = expected
    const { app, log } = await throwing(t, error)
    const elsewhere = await app.inject('/problem?password=secret')
    t.equal(elsewhere.statusCode, problem.status, name)
    t.match(elsewhere.headers, { 'content-type': /^application\/problem\+json/, ...headers }, name)
    t.strictSame(elsewhere.json(), { type: 'about:blank', instance: '/problem', ...problem }, name)

    const answer = await app.inject('/oauth')
    const [code, status = 400] = oauth
    t.equal(answer.statusCode, status, name)
    t.match(answer.headers, { 'content-type': /^application\/json/, ...headers }, name)
    t.strictSame(answer.json(), { error: code, error_description: description ?? problem.detail }, name)
    t.equal(log().includes('the request failed'), isLogged, name)
    if (isLogged && error instanceof StoreError) t.match(log(), 'params', 'the cause is only in the log')
  }
})

t.test('An error outside of a request has the status of a bug, for any thrown value', async t => {
  for (const error of ['text', 7, {}]) {
    const { app } = await throwing(t, error)
    const answer = await app.inject('/problem')
    t.equal(answer.statusCode, 500)
    t.equal(answer.json().detail, somethingWrong)
  }
})

t.test('The instance of a problem is a path of this server, as a URI reference (RFC 9457 §3.1.5)', async t => {
  const { app } = await createApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (const [target, instance] of [
    ['/a%20b/~c?d=e', '/a%20b/~c'],
    ['/a{b}', '/a%7Bb%7D'],
    ['/a|b\\c^"<>`', '/a%7Cb%5Cc%5E%22%3C%3E%60'],
    ['/100%', '/100%25'],
    ['/%zz%4', '/%25zz%254'],
    ['/a[b]#c', '/a%5Bb%5D%23c'],
    ["/!$&'()*+,;=:@-._", "/!$&'()*+,;=:@-._"],
    ['//evil.example/x', '/evil.example/x'],
    ['///evil.example', '/evil.example'],
    ['/\\evil.example', '/%5Cevil.example'],
    ['http://evil.example/x?y', '/x'],
    ['http://evil.example//other.example', '/other.example'],
    ['http://evil.example', '/']
  ] as const) {
    const { answers } = await talk(t, app, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    const problem = JSON.parse(answers[0]?.body ?? '')
    t.equal(problem.instance, instance, target)
    t.equal(new URL(problem.instance, 'http://a').href, `http://a${instance}`, 'nothing is left to encode')
  }
})

t.test('Validation errors are a list of pointers, even when the validator gives few details (RFC 6901)', async t => {
  const validation = [
    { instancePath: '/a', params: {}, message: 'must be string' },
    { instancePath: '/b', params: {} },
    { instancePath: '', params: { missingProperty: 'c' }, message: 'x' },
    { instancePath: '/d', params: { additionalProperty: 'e~f/g' }, message: 'x' },
    { instancePath: '', params: {}, message: 'must be object' }
  ]
  const { app } = await throwing(t, Object.assign(new Error('x'), { validation, statusCode: 400 }))
  t.strictSame((await app.inject('/problem')).json(), {
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    code: 'invalid_request',
    detail:
      'The request is not valid: /a must be string; /b is not valid; /c is missing; /d/e~0f~1g is unknown; the body must be object.',
    instance: '/problem',
    errors: [
      { pointer: '/a', detail: 'must be string' },
      { pointer: '/b', detail: 'is not valid' },
      { pointer: '/c', detail: 'is missing' },
      { pointer: '/d/e~0f~1g', detail: 'is unknown' },
      { pointer: '', detail: 'must be object' }
    ]
  })
})

t.test(
  'Unparsable, too large and too slow requests are answered with a problem and a Date too (RFC 9457, RFC 9110 §6.6.1, §15.5.9)',
  async t => {
    const app = Fastify({
      clientErrorHandler: answerClientError,
      http: { maxHeaderSize: 8192, headersTimeout: 500, requestTimeout: 500, connectionsCheckingInterval: 10 }
    } as never)
    t.teardown(() => app.close())
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    for (const [sent, status, title, code, detail] of [
      ['hello\r\n\r\n', 400, 'Bad Request', 'invalid_request', 'The request is not valid HTTP.'],
      [
        `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(9000)}\r\n\r\n`,
        ...([
          431,
          'Request Header Fields Too Large',
          'headers_too_large',
          'The headers are larger than 8 KiB.'
        ] as const)
      ],
      [
        'GET / HTTP/1.1\r\nHost: a\r\n',
        ...([408, 'Request Timeout', 'request_timeout', 'The request did not arrive in time.'] as const)
      ]
    ] as const) {
      const socket = connect(port, '127.0.0.1')
      socket.write(sent)
      const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
      const date = /^Date: (.*)$/m.exec(head)?.[1] ?? ''
      t.ok(Math.abs(Date.now() - Date.parse(date)) < 60_000, date)
      t.equal(new Date(date).toUTCString(), date)
      t.strictSame(head.split('\r\n'), [
        `HTTP/1.1 ${status} ${title}`,
        'Content-Type: application/problem+json; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'cache-control: no-store',
        'x-content-type-options: nosniff',
        `Date: ${date}`,
        'Connection: close'
      ])
      t.strictSame(JSON.parse(body), { type: 'about:blank', title, status, code, detail })
    }
  }
)

t.test('An error without a name is a request that could not be read', async t => {
  let written = ''
  let destroyed = 0
  const socket = {
    writable: true,
    destroy: () => destroyed++,
    end: (text: string, done: () => void) => {
      written = text
      done()
    }
  }
  answerClientError({}, socket as unknown as Socket)
  t.match(written, /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.equal(destroyed, 1, 'the connection is closed after the answer')
})

t.test('A connection that no longer accepts an answer is closed without one', async t => {
  let destroyed = 0
  const socket = { writable: false, destroy: () => destroyed++, end: () => t.fail('nothing is written') }
  answerClientError({ code: 'ECONNRESET' }, socket as unknown as Socket)
  t.equal(destroyed, 1)
})

t.test('A patch of another type is refused with the type that is accepted (RFC 5789 §2.2)', async t => {
  const { app } = await throwing(t, httpError(415, 'Unsupported Media Type'))
  const refuse = async () => {
    throw httpError(415, 'Unsupported Media Type')
  }
  app.patch('/change', refuse)
  app.patch('/patch', { schema: { consumes: ['a/b', 'c/d'] } }, refuse)
  for (const [url, accepted] of [
    ['/change', 'application/json'],
    ['/patch', 'a/b, c/d']
  ] as const)
    t.equal((await app.inject({ method: 'PATCH', url })).headers['accept-patch'], accepted, url)
  t.equal((await app.inject('/problem')).headers['accept-patch'], undefined)
})

t.test('The line of a refused OAuth request names the error, and nothing that the request had', async t => {
  for (const isTerminal of [false, true]) {
    const lines: string[] = []
    const write = (line: string) => void lines.push(line)
    const logger = isTerminal
      ? { ...loggerOptions({ logLevel: 'info' }, { isTerminal }), stream: createTerminalLog({ write }) }
      : { stream: { write } }
    const { app } = await createApp(t, { logLevel: 'info' }, { logger })
    await createUser(app)
    const grant = { grant_type: 'password', username: 'alice', password }
    const refused: [Record<string, string>, Record<string, string>, number, string | undefined][] = [
      [grant, {}, 200, undefined],
      [{ ...grant, password: 'a hunter2 guess' }, {}, 400, 'invalid_grant'],
      [{ ...grant, scope: 'hunter2' }, {}, 400, 'invalid_scope'],
      [{ grant_type: 'hunter2' }, {}, 400, 'unsupported_grant_type'],
      [grant, basic('hunter2', 'hunter2'), 401, 'invalid_client'],
      [grant, { 'sec-fetch-site': 'cross-site' }, 400, 'invalid_request']
    ]
    for (const [form, headers, status, error] of refused) {
      lines.length = 0
      t.equal((await postForm(app, '/token', form, headers)).statusCode, status)
      t.notMatch(lines.join(''), 'hunter2')
      t.equal(lines.length, isTerminal ? 1 : 2)
      const shown = error === undefined ? '' : `${error} `
      if (isTerminal) t.match(lines[0], new RegExp(`POST /token ${status} ${shown}\\d+ ms\\n$`))
      else t.same([JSON.parse(lines[1] as string).level, JSON.parse(lines[1] as string).error], [30, error])
    }
    lines.length = 0
    await app.inject('/users/me')
    t.match(lines.at(-1), isTerminal ? /GET \/users\/me 401 \d+ ms\n$/ : /"statusCode":401/)
    t.notMatch(lines.at(-1), '"error"')
  }
})
