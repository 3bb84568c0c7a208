import { Type } from '@sinclair/typebox'
import t from 'tap'
import errors from '../../../plugins/http/errors.ts'
import validation from '../../../plugins/http/validation.ts'
import outage from '../../../plugins/outage.ts'
import { bareFastify } from '../../support/plugins.ts'

t.test('A body is not changed, and every problem is reported', async t => {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  await app.register(validation)
  const body = Type.Object(
    { n: Type.Integer(), s: Type.Optional(Type.String({ default: 'x', format: 'email' })) },
    { additionalProperties: false }
  )
  app.post('/', { schema: { body } }, async request => request.body)
  const post = async (payload: object) => (await app.inject({ method: 'POST', url: '/', payload })).json()

  t.strictSame(await post({ n: 1, s: 'a@example.com' }), { n: 1, s: 'a@example.com' })
  t.strictSame(await post({ n: 1 }), { n: 1 }, 'no default is added')
  t.match(await post({ n: '1', s: 7, extra: true }), {
    status: 400,
    errors: [
      { pointer: '/extra', detail: 'is unknown' },
      { pointer: '/n', detail: 'must be integer' },
      { pointer: '/s', detail: 'must be string' }
    ]
  })
})

t.test('A query and path parameters, which are text, are converted (RFC 3986)', async t => {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  await app.register(validation)
  app.get(
    '/:id',
    {
      schema: {
        params: Type.Object({ id: Type.Integer() }),
        querystring: Type.Object({ all: Type.Boolean({ default: false }) })
      }
    },
    async ({ params, query }) => ({ params, query })
  )
  t.strictSame((await app.inject('/7?all=true')).json(), { params: { id: 7 }, query: { all: true } })
  t.strictSame((await app.inject('/7')).json(), { params: { id: 7 }, query: { all: false } })
  t.match((await app.inject('/x?all=maybe')).json(), { status: 400 })
})

t.test('At most twenty problems are reported, and the last one counts the others', async t => {
  const { app } = bareFastify(t)
  await app.register(outage)
  await app.register(errors)
  await app.register(validation)
  const body = Type.Object({ list: Type.Array(Type.String()) }, { additionalProperties: false })
  app.post('/', { schema: { body } }, async () => 'valid')
  const post = (payload: object) => app.inject({ method: 'POST', url: '/', payload })
  const wrong = (count: number) => ({ list: Array.from({ length: count }, () => 1) })

  const twenty = (await post(wrong(20))).json()
  t.equal(twenty.errors.length, 20)
  t.strictSame(twenty.errors.at(-1), { pointer: '/list/19', detail: 'must be string' })
  for (const count of [21, 8000]) {
    const answer = await post(wrong(count))
    t.equal(answer.json().errors.length, 20)
    t.strictSame(answer.json().errors.slice(-2), [
      { pointer: '/list/18', detail: 'must be string' },
      { pointer: '', detail: `has ${count - 19} more problems` }
    ])
    t.match(answer.json().detail, new RegExp(`/list/18 must be string; the body has ${count - 19} more problems\\.$`))
    t.ok(answer.body.length < 3000)
  }
  t.equal((await post({ list: [], ...Object.fromEntries(wrong(1000).list.entries()) })).json().errors.length, 20)
  t.equal((await post({ list: ['a'] })).statusCode, 200, 'the next request is valid')
  t.strictSame((await post({ list: 1 })).json().errors, [{ pointer: '/list', detail: 'must be array' }])
})
