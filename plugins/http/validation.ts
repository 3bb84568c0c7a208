import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import fp from 'fastify-plugin'
import { isEmail } from '../../src/auth/users/identifiers.ts'

// Validates requests and reports every problem, including unknown members. Converts the types of query strings and path
// parameters, which are always text, but not of bodies.

// The schemas are not validated at the start, which takes long; linters check the OpenAPI document.
const options = { allErrors: true, strict: false, validateSchema: false } as const
// The same rule for e-mail addresses as in the commands.
const create = (more: Options = {}) => formats.default(new Ajv({ ...options, ...more })).addFormat('email', isEmail)
const body = create()
const url = create({ coerceTypes: true, useDefaults: true })

/** One validator for equal schemas, shared by all servers in the process; the tests start hundreds. */
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
