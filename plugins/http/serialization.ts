import fastJsonStringify from 'fast-json-stringify'
import fp from 'fastify-plugin'

// Serializes responses with Fastify's own library, and shares one serializer between equal schemas. Most schemas are
// equal, because every route has the same refusals. A new serializer for each would take a fifth of the startup time.
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
