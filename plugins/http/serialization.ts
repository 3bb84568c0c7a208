import fastJsonStringify from 'fast-json-stringify'
import fp from 'fastify-plugin'

type Serialize = (data: unknown) => string

// Serializes responses with Fastify's own library, and shares one serializer between equal schemas. Most schemas are
// equal, because every route has the same refusals. A new serializer for each would take a fifth of the startup time.
// Servers in one process share them too, when their shared schemas are equal. The tests start hundreds.
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
