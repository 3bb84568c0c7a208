import { readFileSync } from 'node:fs'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'

/** A server's answer; `body` is its bytes as text. */
export interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
}

interface Header {
  schema: { type: string }
}

interface Response {
  headers?: Record<string, Header>
  content?: Record<string, object>
}

interface Operation {
  operationId: string
  responses: Record<string, Response>
}

interface Document {
  paths: Record<string, Record<string, Operation>>
}

/** The two error formats, by media type. */
const errorShapes: Record<string, string> = {
  'application/problem+json': '/components/schemas/Problem',
  'application/json': '/components/schemas/OAuthError'
}

/** Headers that some answers lack: the last page has no next link. */
const optional = new Set(['Link'])

const escapePointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
const pointer = (...names: string[]) => names.map(name => `/${escapePointer(name)}`).join('')
const mediaTypeOf = ({ headers }: Answer) => String(headers['content-type'] ?? '').split(';', 1)[0] ?? ''

export type Contract = ReturnType<typeof createContract>

/** Compares answers with the OpenAPI document at `path`, and reports the differences. */
export function createContract(path: URL) {
  const document = JSON.parse(readFileSync(path, 'utf8')) as Document
  const ajv = formats.default(new Ajv({ strict: false, allErrors: true, validateSchema: false }))
  ajv.addSchema(document, 'document')
  const validators = new Map<string, ValidateFunction>()
  const operations = new Map<string, { at: string; operation: Operation }>()
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item))
      operations.set(operation.operationId, { at: pointer('paths', path, method), operation })

  /** The faults of the body under the schema at `schema`, a JSON Pointer into the document. */
  function faultsOfBody(body: string, schema: string): string[] {
    const isRight = validators.get(schema) ?? ajv.compile({ $ref: `document#${encodeURI(schema)}` })
    validators.set(schema, isRight)
    try {
      return isRight(JSON.parse(body)) ? [] : [`its body is wrong: ${ajv.errorsText(isRight.errors)}: ${body}`]
    } catch {
      return [`its body is no JSON: ${body}`]
    }
  }

  function faultsOfError(answer: Answer): string[] {
    const shape = errorShapes[mediaTypeOf(answer)]
    return shape ? faultsOfBody(answer.body, shape) : [`its content type is that of no error: ${mediaTypeOf(answer)}`]
  }

  function faultsOfHeaders(answer: Answer, headers: Record<string, Header> = {}): string[] {
    return Object.entries(headers).flatMap(([name, { schema }]) => {
      const value = answer.headers[name.toLowerCase()]
      if (value === undefined) return optional.has(name) ? [] : [`it has no ${name}`]
      return schema.type === 'integer' && !/^\d+$/.test(String(value)) ? [`its ${name} is no number: ${value}`] : []
    })
  }

  return {
    knows: (operationId: string) => operations.has(operationId),

    /** The differences of an operation's answer from the document. A `HEAD` is answered without the body. */
    faultsOf(operationId: string, answer: Answer, { isHead = false } = {}): string[] {
      const { at, operation } = operations.get(operationId) as { at: string; operation: Operation }
      const response = operation.responses[answer.status]
      // No contract documents a bug, but a bug has the error format too.
      if (!response && answer.status === 500) return isHead ? [] : faultsOfError(answer)
      if (!response) return [`the document does not have its status: ${answer.body}`]
      const headers = faultsOfHeaders(answer, response.headers)
      if (isHead) return headers
      if (!response.content) return answer.body === '' ? headers : [...headers, `it has a body: ${answer.body}`]
      const mediaType = mediaTypeOf(answer)
      if (!response.content[mediaType]) return [...headers, `the document does not have its content type: ${mediaType}`]
      const schema = at + pointer('responses', String(answer.status), 'content', mediaType, 'schema')
      return [...headers, ...faultsOfBody(answer.body, schema)]
    },

    /** The faults of an answer to a request that matches no operation. */
    faultsOutside(answer: Answer, { method, url }: { method: string; url: string | undefined }): string[] {
      const isPage =
        /^\/(|openapi\.json|verify-email|undo-email-change|undo-factor|reset-password|\.well-known\/(change-password|security\.txt|assetlinks\.json|apple-app-site-association)|(docs|console)(\/.*)?)$/.test(
          url ?? ''
        )
      const isPreflight = method === 'OPTIONS' && answer.status === 200
      if (isPage || isPreflight) return []
      if (answer.status < 400) return ['it is the answer of an operation, and the document has none']
      return method === 'HEAD' ? [] : faultsOfError(answer)
    }
  }
}
