import { Type } from '@sinclair/typebox'
import t from 'tap'
import errors from '../../../plugins/http/errors.ts'
import validation from '../../../plugins/http/validation.ts'
import { bareFastify } from '../../support/plugins.ts'

t.test('a body is not changed, and every problem is reported', async t => {
  const { app } = bareFastify(t)
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

t.test('a query and path parameters, which are text, are converted (RFC 3986)', async t => {
  const { app } = bareFastify(t)
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
