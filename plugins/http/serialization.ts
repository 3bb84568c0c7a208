import fastJsonStringify from 'fast-json-stringify'
import fp from 'fastify-plugin'

// Responses are written by the library that Fastify takes for it, with one serializer for all that are alike. Most are: each route
// has the same refusals, and to make a serializer for each of them again would be a fifth of the start.
export default fp(
  async app => {
    const known = new Map<string, (data: unknown) => string>()
    app.setSerializerCompiler(({ schema }) => {
      const key = JSON.stringify(schema)
      const same = known.get(key)
      if (same) return same
      const serialize = fastJsonStringify(schema as object, { schema: app.getSchemas() as never })
      known.set(key, serialize)
      return serialize
    })
  },
  { name: 'serialization' }
)
