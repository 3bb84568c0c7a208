import fastJsonStringify, { type Schema } from 'fast-json-stringify'
import fp from 'fastify-plugin'

type Serialize = (data: unknown) => string

// Serializes responses with Fastify's own library. A schema is compiled at its first response, because compiling them
// all would take a third of the startup time. Equal schemas share a serializer, such as those of the error responses.
// Servers in one process also share serializers when their shared schemas are equal; the tests start hundreds.
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
      const serialize =
        ours.get(key) ??
        atFirstUse(() => fastJsonStringify(schema as Schema, { schema: referenced(key, app.getSchemas()) }))
      ours.set(key, serialize)
      return serialize
    })
  },
  { name: 'serialization' }
)

/** The shared schemas that `text`, a schema as JSON, refers to. The library would check all of them each time. */
function referenced(text: string, all: Record<string, unknown>, found: Record<string, Schema> = {}) {
  for (const id of Object.keys(all)) {
    if (id in found || !text.includes(`"$ref":"${id}`)) continue
    found[id] = all[id] as Schema
    referenced(JSON.stringify(found[id]), all, found)
  }
  return found
}

function atFirstUse(compile: () => Serialize): Serialize {
  let serialize: Serialize | undefined
  return data => {
    serialize ??= compile()
    return serialize(data)
  }
}
