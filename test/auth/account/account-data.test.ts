import { join } from 'node:path'
import t from 'tap'
import { createAccountData, mostDataBytes } from '../../../src/auth/account/account-data.ts'
import type { JsonObject } from '../../../src/auth/account/account-json.ts'
import type { Problem } from '../../../src/base/errors.ts'
import { bearer, createApp, createUser, logIn, password } from '../../support/app.ts'

const folder = t.testdir({
  'data.json': JSON.stringify({
    type: 'object',
    properties: {
      color: { type: 'string' },
      address: { type: 'object', required: ['city'], additionalProperties: false, properties: { city: {} } },
      list: { type: 'array', items: { type: 'string' } }
    },
    unevaluatedProperties: false
  })
})
const required = { type: 'object', required: ['color'], properties: { color: { type: 'string' } } }
const free = createAccountData({})
const strict = createAccountData({ accountDataSchema: join(folder, 'data.json') })

function problemOf(accountData: typeof free, data: JsonObject, pointer?: string): Problem | undefined {
  try {
    accountData.assertAcceptable(data, pointer)
  } catch (error) {
    return error as Problem
  }
}

t.test('Without a schema, data may be anything that is portable and has at most 4 KiB', async t => {
  const filled = (bytes: number) => ({ x: 'x'.repeat(bytes - '{"x":""}'.length) })
  t.equal(mostDataBytes, 4096)
  t.equal(problemOf(free, filled(4096)), undefined)
  t.match(problemOf(free, filled(4097)), { status: 400, errors: [{ pointer: '/data', detail: /4097 bytes/ }] })
  t.match(problemOf(free, { a: { 'b/c': 'x\0' } }), { status: 400, errors: [{ pointer: '/data/a/b~1c' }] })
  t.match(problemOf(free, { a: '\0' }, '/accounts/7/data'), { errors: [{ pointer: '/accounts/7/data/a' }] })
})

t.test('A schema refuses data with a pointer to each problem, and accepts later data', async t => {
  const wrong = { color: 5, address: { street: 'x' }, 'a/b': 1 }
  t.strictSame(problemOf(strict, wrong)?.errors, [
    { pointer: '/data/color', detail: 'must be string' },
    { pointer: '/data/address/city', detail: 'is missing' },
    { pointer: '/data/address/street', detail: 'is unknown' },
    { pointer: '/data/a~1b', detail: 'is unknown' }
  ])
  t.match(problemOf(strict, { color: 5 }), {
    status: 400,
    message: 'The request is not valid: /data/color must be string.'
  })
  t.equal(problemOf(strict, { color: 'red', address: { city: 'x' } }), undefined)
  t.match(problemOf(strict, { color: 5 }, '/3/data'), { errors: [{ pointer: '/3/data/color' }] })
})

t.test('A schema adds to the limits of size and portability', async t => {
  t.match(problemOf(strict, { color: 'x'.repeat(5000) }), { errors: [{ pointer: '/data', detail: /bytes of JSON/ }] })
  t.match(problemOf(strict, { color: '\ud800' }), { errors: [{ pointer: '/data/color', detail: /surrogate/ }] })
})

t.test('At most twenty problems are reported, and the last one counts the others', async t => {
  const { errors = [] } = problemOf(strict, { list: Array(100).fill(1) }) ?? {}
  t.equal(errors.length, 20)
  t.strictSame(errors.at(-1), { pointer: '/data', detail: 'has 81 more problems' })
})

t.test('A schema is for what is written; what is stored stays readable', async t => {
  const earlier = await createApp(t, {})
  await createUser(earlier.app)
  const before = await logIn(earlier.app)
  const patch = (app: typeof earlier.app, payload: object) =>
    app.inject({ method: 'PATCH', url: '/users/me', payload, headers: bearer(before.access_token) })
  t.equal((await patch(earlier.app, { data: { color: 5 } })).statusCode, 200)

  const accountDataSchema = join(t.testdir({ 'data.json': JSON.stringify(required) }), 'data.json')
  const { databaseUrl } = earlier.config
  const { app } = await createApp(t, { databaseUrl, accountDataSchema })
  const me = await app.inject({ url: '/users/me', headers: bearer(before.access_token) })
  t.strictSame(me.json().data, { color: 5 })
  t.equal((await patch(app, { full_name: 'Alice' })).statusCode, 200, 'another change works')
  const refused = await patch(app, { data: { size: 1 } })
  t.match(refused.json(), { status: 400, errors: [{ pointer: '/data/color', detail: 'must be string' }] })
  t.strictSame((await patch(app, { data: { color: 'red' } })).json().data, { color: 'red' })
  t.strictSame((await patch(app, { data: null })).json().data, {}, 'an owner may remove all')

  const register = (username: string, more: object) =>
    app.inject({ method: 'POST', url: '/users', payload: { username, password, ...more } })
  t.match((await register('bob', { data: { color: 1 } })).json(), { errors: [{ pointer: '/data/color' }] })
  t.equal((await register('bob', { data: { color: 'red' } })).statusCode, 201)
  t.equal((await register('carol', {})).statusCode, 201, 'an account may have no data')
})
