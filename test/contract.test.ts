import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { bearer, createApp, createUser, logIn } from './support/app.ts'
import { type Answer, createContract } from './support/contract.ts'

// Shows that the check of test/support/hold-to-contract.ts, which runs in all tests, can fail.
const contract = createContract(new URL('../docs/openapi.json', import.meta.url))

const json = { 'content-type': 'application/json; charset=utf-8' }
const problemJson = { 'content-type': 'application/problem+json; charset=utf-8' }
const tokens = { access_token: 'a.b.c', token_type: 'Bearer', expires_in: 600, scope: 'me' }
const problem = {
  type: 'about:blank',
  title: 'Not Found',
  status: 404,
  code: 'not_found',
  detail: 'Nothing.',
  instance: '/'
}
const answer = (status: number, headers: Record<string, string>, body?: object): Answer => ({
  status,
  headers,
  body: body ? JSON.stringify(body) : ''
})

interface Scenario {
  name: string
  operationId: string
  answer: Answer
  isHead?: boolean
  fault?: RegExp
}

const challenge = { 'www-authenticate': 'Bearer realm="sallyport"' }
const unavailable = { error: 'temporarily_unavailable' }

const scenarios: Scenario[] = [
  { name: 'a documented answer', operationId: 'createToken', answer: answer(200, json, tokens) },
  { name: 'a refusal', operationId: 'getMe', answer: answer(401, { ...problemJson, ...challenge }, problem) },
  { name: 'no body', operationId: 'resetPassword', answer: answer(204, {}) },
  { name: 'an answer to HEAD', operationId: 'getMetadata', answer: answer(200, json), isHead: true },
  { name: 'a bug, in the error format', operationId: 'getMe', answer: answer(500, problemJson, problem) },
  { name: 'a bug, to HEAD', operationId: 'getMe', answer: answer(500, problemJson), isHead: true },
  {
    name: 'a number in a header',
    operationId: 'createToken',
    answer: answer(429, { ...json, 'retry-after': '8' }, unavailable)
  },
  {
    name: 'another status',
    operationId: 'createToken',
    answer: answer(418, json, tokens),
    fault: /does not have its status/
  },
  {
    name: 'another content type',
    operationId: 'createToken',
    answer: answer(400, problemJson, problem),
    fault: /does not have its content type: application\/problem\+json/
  },
  {
    name: 'no content type',
    operationId: 'createToken',
    answer: answer(200, {}, tokens),
    fault: /does not have its content type: $/
  },
  {
    name: 'a member that is missing',
    operationId: 'createToken',
    answer: answer(200, json, { ...tokens, scope: undefined }),
    fault: /must have required property 'scope'/
  },
  {
    name: 'a member of another type',
    operationId: 'createToken',
    answer: answer(200, json, { ...tokens, expires_in: '600' }),
    fault: /expires_in must be integer/
  },
  {
    name: 'a value outside the enumeration',
    operationId: 'createToken',
    answer: answer(400, json, { error: 'wrong_password' }),
    fault: /error must be equal to one of the allowed values/
  },
  {
    name: 'a code of a problem that is not in the list',
    operationId: 'getMe',
    answer: answer(500, problemJson, { ...problem, code: 'odd' }),
    fault: /code must be equal to one of the allowed values/
  },
  {
    name: 'a problem without a code',
    operationId: 'getMe',
    answer: answer(500, problemJson, { ...problem, code: undefined }),
    fault: /must have required property 'code'/
  },
  {
    name: 'a format',
    operationId: 'listMySessions',
    answer: answer(200, json, { items: [{ id: '7' }] }),
    fault: /items\/0\/id must match format "uuid"/
  },
  {
    name: 'a body that is not JSON',
    operationId: 'createToken',
    answer: { status: 200, headers: json, body: 'tokens' },
    fault: /is no JSON: tokens/
  },
  {
    name: 'a body that is not documented',
    operationId: 'resetPassword',
    answer: answer(204, json, {}),
    fault: /it has a body: \{\}/
  },
  {
    name: 'a header that is missing',
    operationId: 'getMe',
    answer: answer(401, problemJson, problem),
    fault: /it has no WWW-Authenticate/
  },
  {
    name: 'a header that is not a number',
    operationId: 'createToken',
    answer: answer(503, { ...json, 'retry-after': 'soon' }, unavailable),
    fault: /its Retry-After is no number: soon/
  },
  {
    name: 'a bug, in another format',
    operationId: 'getMe',
    answer: answer(500, { 'content-type': 'text/html' }),
    fault: /is that of no error: text\/html/
  }
]

for (const { name, operationId, answer, isHead = false, fault } of scenarios) {
  t.test(`${fault ? 'a fault' : 'as documented'}: ${name}`, async t => {
    const faults = contract.faultsOf(operationId, answer, { isHead })
    if (fault) t.match(faults.join(), fault)
    else t.strictSame(faults, [])
    t.equal(faults.length, fault ? 1 : 0)
  })
}

t.test('only errors, preflights and HTML pages are answered outside the document', async t => {
  const outside = (method: string, url: string | undefined, given: Answer) =>
    contract.faultsOutside(given, { method, url }).join()
  t.equal(outside('GET', undefined, answer(404, problemJson, problem)), '')
  t.equal(outside('HEAD', undefined, answer(404, problemJson)), '')
  t.equal(outside('PUT', '/token', answer(405, json, { error: 'invalid_request' })), '')
  t.equal(outside('OPTIONS', '*', answer(200, {})), '')
  t.equal(outside('GET', '/docs/*', answer(200, { 'content-type': 'text/html' })), '')
  t.equal(outside('GET', '/openapi.json', answer(200, json, {})), '')

  t.match(outside('GET', '/docs-of-others', answer(200, json, {})), 'the document has none')
  t.match(outside('GET', undefined, answer(404, json, { message: 'Not Found' })), "must have required property 'error'")
  t.match(outside('GET', undefined, answer(404, { 'content-type': 'text/html' })), 'that of no error')
})

t.test('refusals before routing, which reach no hook, match the document too', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const headers = bearer((await logIn(app)).access_token)
  const {
    statusCode,
    headers: received,
    body
  } = await app.inject({
    method: 'DELETE',
    url: `/users/me/sessions/${'7'.repeat(101)}`,
    headers
  })
  t.equal(statusCode, 414)
  t.strictSame(contract.faultsOf('endMySession', { status: statusCode, headers: received, body }), [])
})

t.test('a process whose answer violates the document exits and reports the difference', async t => {
  const main = fileURLToPath(new URL('support/liar-main.ts', import.meta.url))
  const ended = await promisify(execFile)(process.execPath, [...process.execArgv, main]).catch(error => error)
  t.equal(ended.code, 1)
  t.match(
    ended.stderr,
    "GET /users/me answered 200, and it has no ETag; its body is wrong: data must have required property 'id'"
  )
})
