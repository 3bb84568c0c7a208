import { Problem, type ProblemDetail } from '../errors.ts'
import { pointerOf } from '../strict-json.ts'

/** An error as Ajv reports it: `instancePath` is a JSON Pointer (RFC 6901). */
export interface SchemaError {
  instancePath: string
  message?: string | undefined
  params: Record<string, unknown>
}

/** How many problems a response lists. */
export const mostProblems = 20

/**
 * At most `mostProblems` of `errors`; the last one then counts the others. Ajv finds thousands in a body of 16 KiB
 * within a millisecond, but describing them all would take ten, and fifty times the size of the request.
 */
export function firstErrors<Reported extends SchemaError>(errors: Reported[]): (Reported | SchemaError)[] {
  const rest = errors.length - mostProblems + 1
  if (rest <= 1) return errors
  return [...errors.slice(0, -rest), { instancePath: '', message: `has ${rest} more problems`, params: {} }]
}

/** The 400 about these errors of the body, or of its member at `pointer`. */
export function invalidBySchema(errors: SchemaError[], pointer = ''): Problem {
  const details = errors.map(error => detailOf(error, pointer))
  const all = details.map(({ pointer, detail }) => `${pointer || 'the body'} ${detail}`).join('; ')
  return new Problem('invalid_request', `The request is not valid: ${all}.`, { errors: details })
}

function detailOf({ instancePath, message = 'is not valid', params }: SchemaError, pointer: string): ProblemDetail {
  const at = `${pointer}${instancePath}`
  const unknown = params.additionalProperty ?? params.unevaluatedProperty
  if (unknown !== undefined) return { pointer: `${at}${pointerOf([String(unknown)])}`, detail: 'is unknown' }
  const absent = params.missingProperty
  if (absent !== undefined) return { pointer: `${at}${pointerOf([String(absent)])}`, detail: 'is missing' }
  return { pointer: at, detail: message }
}
