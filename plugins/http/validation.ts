import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'
import { isEmail } from '../../src/auth/users/identifiers.ts'

// Validates requests without changing them. JSON is taken as it is, an unknown member is refused by name, and every
// problem is reported. Only query strings and path parameters, which are always text, are converted.

// The schemas are our own, and linters check the OpenAPI document. Validating each schema at every start takes long.
const options = { allErrors: true, strict: false, validateSchema: false } as const
// E-mail addresses follow the same rule over HTTP as everywhere else.
const create = (more: Options = {}) => formats.default(new Ajv({ ...options, ...more })).addFormat('email', isEmail)
const body = create()
const url = create({ coerceTypes: true, useDefaults: true })

/** One validator for equal schemas, shared by all servers in the process. The tests start hundreds. */
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
