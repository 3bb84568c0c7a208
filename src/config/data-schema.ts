import { createRequire } from 'node:module'
import type { Ajv, ErrorObject, Options, ValidateFunction } from 'ajv'
import { read } from './variables.ts'

const options: Options = { allErrors: true, strictTypes: false, strictTuples: false, logger: false }

const latest = 'https://json-schema.org/draft/2020-12/schema'
/**
 * The builds of Ajv, by the URI in `$schema` without `#`. Loaded only in a process that has a schema, and at once,
 * because settings are checked synchronously.
 */
const builds: Record<string, () => Ajv> = {
  [latest]: () => {
    const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js')
    return new Ajv2020(options)
  },
  'http://json-schema.org/draft-07/schema': () => {
    const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv')
    return new Ajv(options)
  }
}

/**
 * The validator of the JSON Schema in the file at `path`, for data of accounts. Throws an Error whose message is a
 * clause without a period: which file, why it cannot be used, and what to do.
 */
export function readDataSchema(path: string): ValidateFunction {
  const schema = parse(path)
  const dialect = schema.$schema ?? latest
  const build = builds[String(dialect).replace(/#$/, '')]
  if (build === undefined)
    throw new Error(`${path} has $schema ${JSON.stringify(dialect)}: expected ${Object.keys(builds).join(' or ')}`)
  if (schema.type !== 'object') throw new Error(`${path} needs "type": "object" at its top, because data is an object`)
  const { default: formats } = createRequire(import.meta.url)('ajv-formats') as typeof import('ajv-formats')
  const ajv = formats.default(build())
  // The first error alone: the others are mostly about alternatives that the author did not mean.
  if (!ajv.validateSchema(schema)) {
    const [{ instancePath, message }] = ajv.errors as [ErrorObject]
    throw new Error(`${path} is not a JSON Schema: ${instancePath} ${message}`)
  }
  const validate = compile(ajv, schema, path)
  // Such a validator returns a promise, which would count as a success.
  if ('$async' in validate) throw new Error(`${path} has $async: remove it, because no check is asynchronous`)
  return validate
}

function parse(path: string): Record<string, unknown> {
  const text = read(path, ({ code }) => {
    throw new Error(`cannot read ${path} (${code})`)
  }) as string
  let schema: unknown
  try {
    schema = JSON.parse(text)
  } catch {
    // Without the message of the parser, which quotes a file that may be another, such as the secret.
    throw new Error(`${path} is not JSON`)
  }
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new Error(`${path} is not a JSON Schema of an object: expected an object with "type": "object"`)
  return schema as Record<string, unknown>
}

function compile(ajv: Ajv, schema: object, path: string): ValidateFunction {
  try {
    return ajv.compile(schema)
  } catch (error) {
    const { message, missingRef } = error as Error & { missingRef?: string }
    if (missingRef !== undefined)
      throw new Error(`${path} refers to ${missingRef}, which is not in the file: put it into $defs of the file`)
    const isIgnored = /^strict mode|ignored/.test(message)
    throw new Error(
      isIgnored
        ? `${path} would not check everything: ${message.replace('strict mode: ', '')}; correct or remove that`
        : `${path} cannot be used: ${message}`
    )
  }
}
