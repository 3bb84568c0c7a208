import { problemCodes } from '../src/base/errors.ts'
import { markdownTable } from './markdown-table.ts'
import { cell, code, limitsOf, memberTable, nameOf, type Schema, typeOf } from './schema-words.ts'

/** The parts of the OpenAPI document that the page shows. */
export interface ApiDocument {
  info: { version: string }
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, Schema>
    securitySchemes: { password: { flows: { password: { scopes: Record<string, string> } } } }
  }
}

interface Operation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  security: Record<string, string[]>[]
  parameters?: { name: string; in: string; required: boolean; description: string; schema: Schema }[]
  requestBody?: { content: Content }
  responses: Record<string, Response>
}

interface Response {
  description: string
  headers?: Record<string, { description: string }>
  content?: Content
}

type Content = Record<string, { schema: Schema }>

/** The full list, for a release: every operation of the document, and every object that they return. */
export function renderApi(api: ApiDocument): string {
  const chapters = api.tags.map(({ name, description }) => {
    const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { tags }]) => tags.includes(name))
        .map(([method, operation]) => describe(method, path, operation, api.components.schemas))
    )
    return [`## ${description}`, ...operations].join('\n\n')
  })
  return `${[introduction(api), ...chapters, errors(api), codes(), objects(api)].join('\n\n')}\n`
}

function introduction({ info, components }: ApiDocument) {
  const { scopes } = components.securitySchemes.password.flows.password
  return `# HTTP API

Version ${info.version}. A server shows the same on its page \`/docs\`, where you can try it, and publishes the document at
\`/openapi.json\`.

An access token is sent as \`Authorization: Bearer TOKEN\`. Lists and objects may gain members: ignore those that you do not
know. The built-in scopes are:

${markdownTable(
  ['scope', 'what it allows'],
  Object.entries(scopes).map(([name, text]) => [code(name), text])
)}`
}

function describe(method: string, path: string, operation: Operation, schemas: Record<string, Schema>): string {
  const { summary, description, operationId, parameters = [], requestBody, responses } = operation
  return [
    `### ${code(`${method.toUpperCase()} ${path}`)}`,
    `**${summary}.** ${description}`,
    `Who may call it: ${callers(operation)}. In SDKs: ${code(operationId)}.`,
    ...(parameters.length > 0 ? [parameterTable(parameters)] : []),
    ...Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => body(type, resolve(schema, schemas))),
    answers(responses)
  ].join('\n\n')
}

function callers({ security }: Operation): string {
  if (security.length === 0) return 'anyone'
  const ways = security.map(way => {
    if (way.client) return 'a client with HTTP Basic'
    if (!way.password) return 'anyone'
    const scopes = way.password.map(code).join(', ')
    return scopes ? `an access token with the scope ${scopes}` : 'any access token'
  })
  return ways.join(', or ')
}

const parameterTable = (parameters: NonNullable<Operation['parameters']>) =>
  markdownTable(
    ['parameter', 'in', 'type', 'description'],
    parameters.map(({ name, in: place, required, schema, description }) => [
      code(name),
      place,
      `${typeOf(schema)}${required ? '' : ', optional'}`,
      cell([description, limitsOf(schema)])
    ])
  )

function body(type: string, schema: Schema): string {
  const least = schema.minProperties ? ', with at least one of these members' : ''
  return `The body is ${code(type)}${least}:\n\n${memberTable(schema)}`
}

/** The responses of an operation: each success, and the statuses of the errors, which the page describes once. */
function answers(responses: Operation['responses']): string {
  const [successes, refusals] = [true, false].map(isSuccess =>
    Object.entries(responses).filter(([status]) => status < '400' === isSuccess)
  ) as [[string, Response][], [string, Response][]]
  const lines = successes.map(([status, response]) => {
    const content = bodyOf(response) && `, ${bodyOf(response)}`
    return `- **${status}**${content}: ${response.description}${withHeaders(response)}`
  })
  const bodies = [...new Set(refusals.map(([, response]) => bodyOf(response)))]
  const statuses = refusals.map(([status]) => status).join(', ')
  return [...lines, `- [Errors](#errors), ${bodies.join(' or ')}: ${statuses}`].join('\n')
}

/** Every error response of the document, once. */
function errors({ paths }: ApiDocument): string {
  const rows = new Map<string, string[]>()
  for (const { responses } of Object.values(paths).flatMap(methods => Object.values(methods))) {
    for (const [status, response] of Object.entries(responses).filter(([status]) => status >= '400')) {
      const row = [status, bodyOf(response), `${response.description}${withHeaders(response)}`]
      rows.set(row.join(), row)
    }
  }
  const sorted = [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  return `## Errors\n\n${markdownTable(['status', 'body', 'meaning'], sorted)}`
}

/** The codes of problems, which the document only lists. */
function codes(): string {
  const rows = Object.entries(problemCodes).map(([name, [status, meaning]]) => [code(name), String(status), meaning])
  return `### Codes of problems\n\n${markdownTable(['code', 'status', 'meaning'], rows)}`
}

const bodyOf = ({ content = {} }: Response) =>
  Object.values(content)
    .map(({ schema }) => typeOf(schema))
    .join(', ')

const withHeaders = ({ headers = {} }: Response) => {
  const names = Object.keys(headers).map(code)
  return names.length > 0 ? ` (${names.length > 1 ? 'headers' : 'header'} ${names.join(', ')})` : ''
}

/** The objects in responses and within the bodies of requests, which are with their operation. */
function objects({ components: { schemas }, paths }: ApiDocument): string {
  const used = new Set<string>()
  const add = (value: unknown) => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      add(schemas[name])
    }
  }
  for (const { responses, requestBody } of Object.values(paths).flatMap(methods => Object.values(methods))) {
    add(responses)
    for (const { schema } of Object.values(requestBody?.content ?? {})) add({ ...resolve(schema, schemas).properties })
  }
  const chapters = [...used].sort().map(name => {
    const { description, properties = {}, additionalProperties } = schemas[name] as Schema
    const others = additionalProperties ? ['It can have other members too.'] : []
    const members = Object.keys(properties).length > 0 ? [memberTable(schemas[name] as Schema)] : []
    return [
      `### ${name}`,
      ...(description ? [`${description}.`.replace(/\.\.$/, '.')] : []),
      ...members,
      ...others
    ].join('\n\n')
  })
  return ['## Objects', 'A member that is not called optional is always present.', ...chapters].join('\n\n')
}

/** The object that a schema names; every body has a name. */
const resolve = ({ $ref }: Schema, schemas: Record<string, Schema>) => schemas[nameOf(String($ref))] as Schema
