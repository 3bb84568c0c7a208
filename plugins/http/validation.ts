import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'
import { isEmail } from '../../src/auth/users/identifiers.ts'

// Request validation that changes nothing: JSON is taken as it is, an unknown member is refused by name, every problem
// is reported, and only query strings and path parameters, which are all text, are converted.

// The schemas are our own, and the linters of the OpenAPI document look at them: checking each at every start is slow.
const options = { allErrors: true, strict: false, validateSchema: false } as const
// What may be an e-mail address is the same over HTTP and everywhere else.
const create = (more: Options = {}) => formats.default(new Ajv({ ...options, ...more })).addFormat('email', isEmail)
const body = create()
const url = create({ coerceTypes: true, useDefaults: true })

/** One validator for all schemas that are alike, in all servers of the process: the tests start hundreds of them. */
const known = new Map<string, ValidateFunction>()

export default fp(
  async app => {
    app.setValidatorCompiler(({ schema, httpPart }) => {
      const ajv = httpPart === 'body' ? body : url
      const key = `${ajv === body} ${JSON.stringify(schema)}`
      const validate = known.get(key) ?? ajv.compile(schema as object)
      known.set(key, validate)
      return validate
    })
  },
  { name: 'validation' }
)
