import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaValidationError } from 'fastify'
import fp from 'fastify-plugin'
import { isEmail } from '../../src/auth/account/identifiers.ts'
import { firstErrors } from '../../src/base/http/schema-problems.ts'

// Validates requests and reports up to twenty problems, including unknown members. Converts the types of query strings
// and path parameters, which are always text, but not of bodies.

// The schemas are not validated at startup, which would be slow; linters check the OpenAPI document.
const options = { allErrors: true, strict: false, validateSchema: false } as const
// The same rule for e-mail addresses as in the commands.
const create = (more: Options = {}) => formats.default(new Ajv({ ...options, ...more })).addFormat('email', isEmail)
const body = create()
const url = create({ coerceTypes: true, useDefaults: true })

/** The validator that `compile` returns, compiled at its first use, which reports its first errors. */
function reportsFew(compile: () => ValidateFunction) {
  let validate: ValidateFunction | undefined
  const limited = (data: unknown) => {
    validate ??= compile()
    const isValid = validate(data)
    limited.errors = firstErrors(validate.errors ?? []) as FastifySchemaValidationError[]
    // Ajv keeps the errors of the last call.
    validate.errors = null
    return isValid
  }
  limited.errors = [] as FastifySchemaValidationError[]
  return limited
}

/** One validator for equal schemas, shared by all servers in the process; the tests start hundreds. */
const known = new Map<string, ReturnType<typeof reportsFew>>()

export default fp(
  async app => {
    app.setValidatorCompiler(({ schema, httpPart }) => {
      const ajv = httpPart === 'body' ? body : url
      const key = `${ajv === body} ${JSON.stringify(schema)}`
      const validate = known.get(key) ?? reportsFew(() => ajv.compile(schema as object))
      known.set(key, validate)
      return validate
    })
  },
  { name: 'validation' }
)
