import { Ajv, type Options } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'
import { isEmail } from '../../src/auth/users/identifiers.ts'

// Validates requests without changing them. JSON is taken as it is, an unknown member is refused by name, and every
// problem is reported. Only query strings and path parameters, which are always text, are converted.
export default fp(
  async app => {
    // The schemas are our own, and linters check the OpenAPI document. Validating each schema at every start takes
    // long.
    const options = { allErrors: true, strict: false, validateSchema: false } as const
    // E-mail addresses follow the same rule over HTTP as everywhere else.
    const create = (more: Options = {}) => formats.default(new Ajv({ ...options, ...more })).addFormat('email', isEmail)
    const body = create()
    const url = create({ coerceTypes: true, useDefaults: true })
    app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? body : url).compile(schema as object))
  },
  { name: 'validation' }
)
