import fastJsonStringify from 'fast-json-stringify'
import fp from 'fastify-plugin'

type Serialize = (data: unknown) => string

// Serializes responses with Fastify's own library, and shares one serializer between equal schemas. Most schemas are
// equal, because the routes have the same error responses. Compiling each of them would take a fifth of the startup
// time. Servers in one process also share serializers when their shared schemas are equal; the tests start hundreds.
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
