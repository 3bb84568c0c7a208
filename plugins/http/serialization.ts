import fastJsonStringify from 'fast-json-stringify'
import fp from 'fastify-plugin'

type Serialize = (data: unknown) => string

// Responses are written by the library that Fastify takes for it, with one serializer for all that are alike. Most are:
// each route has the same refusals, and to make a serializer for each of them again would be a fifth of the start. Servers
// of one process share them where what they refer to is the same: the tests start hundreds.
const known = new Map<string, Map<string, Serialize>>()

export default fp(
  async app => {
    let ours: Map<string, Serialize> | undefined
    app.setSerializerCompiler(({ schema }) => {
      if (!ours) {
        const schemas = JSON.stringify(app.getSchemas())
        ours = known.get(schemas) ?? new Map()
        known.set(schemas, ours)
      }
      const key = JSON.stringify(schema)
      const serialize = ours.get(key) ?? fastJsonStringify(schema as object, { schema: app.getSchemas() as never })
      ours.set(key, serialize)
      return serialize
    })
  },
  { name: 'serialization' }
)
