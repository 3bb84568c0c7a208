import fastJsonStringify, { type Schema } from 'fast-json-stringify'
import fp from 'fastify-plugin'
import t from 'tap'
import { createApp } from './support/app.ts'

t.test('Every schema compiles, which a server finds out at the first request that needs it', async t => {
  const requests = new Map<string, { schema: object; httpPart: string }>()
  const responses = new Map<string, Schema>()
  const collect = fp(async app => {
    app.addHook('onRoute', route => {
      route.validatorCompiler = ({ schema, httpPart = '' }) => {
        requests.set(JSON.stringify([schema, httpPart]), { schema: schema as object, httpPart })
        return () => true
      }
      route.serializerCompiler = ({ schema }) => {
        responses.set(JSON.stringify(schema), schema as Schema)
        return JSON.stringify
      }
    })
  })
  const { app } = await createApp(t, { rpId: 'example.com' }, { before: collect })
  t.ok(requests.size > 30, `${requests.size} of requests`)
  t.ok(responses.size > 50, `${responses.size} of responses`)
  for (const [name, { schema, httpPart }] of requests)
    t.doesNotThrow(() => app.validatorCompiler?.({ schema, httpPart, method: '', url: '' })(undefined), name)
  const schema = app.getSchemas() as Record<string, Schema>
  for (const [name, response] of responses) t.doesNotThrow(() => fastJsonStringify(response, { schema }), name)
})
