import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'

// Request validation that changes nothing: JSON is taken as it is, an unknown member is refused by name, every problem
// is reported, and only query strings and path parameters, which are all text, are converted.
export default fp(
  async app => {
    const options = { allErrors: true, strict: false } as const
    const body = formats.default(new Ajv(options))
    const url = formats.default(new Ajv({ ...options, coerceTypes: true, useDefaults: true }))
    app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? body : url).compile(schema as object))
  },
  { name: 'validation' }
)
