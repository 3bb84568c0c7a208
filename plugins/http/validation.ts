import { Ajv, type Options, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaValidationError } from 'fastify'
import fp from 'fastify-plugin'
import { isEmail } from '../../src/auth/users/identifiers.ts'

// Validates requests and reports up to twenty problems, including unknown members. Converts the types of query strings
// and path parameters, which are always text, but not of bodies.

// The schemas are not validated at startup, which would be slow; linters check the OpenAPI document.
const options = { allErrors: true, strict: false, validateSchema: false } as const
// The same rule for e-mail addresses as in the commands.
const create = (more: Options = {}) => formats.default(new Ajv({ ...options, ...more })).addFormat('email', isEmail)
const body = create()
const url = create({ coerceTypes: true, useDefaults: true })

/** How many problems a response lists. */
export const mostProblems = 20

/**
 * The validator that `compile` returns, compiled at its first use, with at most `mostProblems` errors; the last one
 * then counts the others. Ajv finds thousands in a body of 16 KiB within a millisecond, but describing them all would
 * take ten, and fifty times the size of the request.
 */
function reportsFew(compile: () => ValidateFunction) {
  let validate: ValidateFunction | undefined
  const limited = (data: unknown) => {
    validate ??= compile()
    const isValid = validate(data)
    const errors = validate.errors ?? []
    const rest = errors.length - mostProblems + 1
    const others = { keyword: '', schemaPath: '', instancePath: '', message: `has ${rest} more problems`, params: {} }
    limited.errors = (rest > 1 ? [...errors.slice(0, -rest), others] : errors) as FastifySchemaValidationError[]
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
