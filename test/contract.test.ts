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

const challenge = { 'www-authenticate': 'Bearer realm="sallyport"' }
const unavailable = { error: 'temporarily_unavailable' }

const documented: Record<string, [operationId: string, Answer, isHead?: boolean]> = {
  'a documented answer': ['createToken', answer(200, json, tokens)],
  'a refusal': ['getMe', answer(401, { ...problemJson, ...challenge }, problem)],
  'no body': ['resetPassword', answer(204, {})],
  'an answer to HEAD': ['getMetadata', answer(200, json), true],
  'a bug, in the error format': ['getMe', answer(500, problemJson, problem)],
  'a bug, to HEAD': ['getMe', answer(500, problemJson), true],
  'a number in a header': ['createToken', answer(429, { ...json, 'retry-after': '8' }, unavailable)]
}

const faults: [fault: RegExp, operationId: string, Answer][] = [
  [/does not have its status/, 'createToken', answer(418, json, tokens)],
  [/does not have its content type: application\/problem\+json/, 'createToken', answer(400, problemJson, problem)],
  [/does not have its content type: $/, 'createToken', answer(200, {}, tokens)],
  [/must have required property 'scope'/, 'createToken', answer(200, json, { ...tokens, scope: undefined })],
  [/expires_in must be integer/, 'createToken', answer(200, json, { ...tokens, expires_in: '600' })],
  [/error must be equal to one of the allowed values/, 'createToken', answer(400, json, { error: 'wrong_password' })],
  [/code must be equal to one of the allowed/, 'getMe', answer(500, problemJson, { ...problem, code: 'odd' })],
  [/must have required property 'code'/, 'getMe', answer(500, problemJson, { ...problem, code: undefined })],
  [/items\/0\/id must match format "uuid"/, 'listMySessions', answer(200, json, { items: [{ id: '7' }] })],
  [/is no JSON: tokens/, 'createToken', { status: 200, headers: json, body: 'tokens' }],
  [/it has a body: \{\}/, 'resetPassword', answer(204, json, {})],
  [/it has no WWW-Authenticate/, 'getMe', answer(401, problemJson, problem)],
  [/its Retry-After is no number: soon/, 'createToken', answer(503, { ...json, 'retry-after': 'soon' }, unavailable)],
  [/is that of no error: text\/html/, 'getMe', answer(500, { 'content-type': 'text/html' })]
]

t.test('an answer as documented has no fault, and any other has one that says what is wrong', async t => {
  for (const [name, [operationId, answer, isHead = false]] of Object.entries(documented))
    t.strictSame(contract.faultsOf(operationId, answer, { isHead }), [], name)
  for (const [fault, operationId, answer] of faults)
    t.match(contract.faultsOf(operationId, answer, { isHead: false }), [fault])
})

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
  const url = `/users/me/sessions/${'7'.repeat(101)}`
  const { statusCode, headers: received, body } = await app.inject({ method: 'DELETE', url, headers })
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
