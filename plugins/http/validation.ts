import { Ajv, type Options } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'
import { isEmail } from '../../src/auth/users/identifiers.ts'

// Request validation that changes nothing: JSON is taken as it is, an unknown member is refused by name, every problem
// is reported, and only query strings and path parameters, which are all text, are converted.
export default fp(
  async app => {
    // The schemas are our own, and the linters of the OpenAPI document look at them: checking each at every start takes long.
    const options = { allErrors: true, strict: false, validateSchema: false } as const
    // What may be an e-mail address is the same over HTTP and everywhere else.
    const create = (more: Options = {}) => formats.default(new Ajv({ ...options, ...more })).addFormat('email', isEmail)
    const body = create()
    const url = create({ coerceTypes: true, useDefaults: true })
    app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? body : url).compile(schema as object))
  },
  { name: 'validation' }
)
