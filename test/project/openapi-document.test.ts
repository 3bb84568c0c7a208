import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t, { type Test } from 'tap'
import { builtInScopes } from '../../src/auth/scopes.ts'
import { createApp } from '../support/app.ts'

interface Schema {
  $ref?: string
  type?: string
  title?: string
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  example?: unknown
  examples?: unknown[]
}

interface MediaType {
  schema: Schema
  example?: unknown
}

interface Operation {
  operationId?: string
  summary?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  parameters?: { name: string; schema: Schema; description?: string }[]
  requestBody?: { content: Record<string, MediaType> }
  responses: Record<string, { description?: string; content?: Record<string, MediaType>; headers?: object }>
}

interface Document {
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, Schema>
    securitySchemes: Record<string, { type: string; flows?: { password?: { scopes: object } } }>
  }
}

/** The document as it is served, and its operations, named by method and path. */
async function fetchDocument(t: Test) {
  const { app } = await createApp(t, { docs: 'on', rpId: 'example.com' })
  const answer = await app.inject('/openapi.json')
  t.equal(answer.statusCode, 200)
  const document = answer.json() as Document
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, ...operation }))
  )
  return { document, operations }
}

/** Every body of an operation, with a name for it. */
const bodiesOf = ({ name, requestBody, responses }: Operation & { name: string }) => [
  ...Object.values(requestBody?.content ?? {}).map(body => ({ what: `${name} request`, ...body })),
  ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
    Object.values(content).map(body => ({ what: `${name} ${status}`, ...body }))
  )
]

/** A schema and all its subschemas, each with its path. */
function* schemasIn(schema: Schema, at: string): Generator<[at: string, schema: Schema]> {
  yield [at, schema]
  for (const [name, member] of Object.entries(schema.properties ?? {})) yield* schemasIn(member, `${at}.${name}`)
  if (schema.items) yield* schemasIn(schema.items, `${at}[]`)
  for (const option of schema.anyOf ?? []) yield* schemasIn(option, at)
}

t.test('The document of the page /docs has no HTTP Basic, whose fields people take for their own login', async t => {
  const { app } = await createApp(t, { docs: 'on' })
  const { components, paths } = (await app.inject('/docs/json')).json()
  t.strictSame(Object.keys(components.securitySchemes), ['password'])
  t.strictSame(paths['/introspect'].post.security, [{ password: ['introspect'] }])
  t.strictSame(paths['/token'].post.security, [], 'nothing to log in for')
  const published = (await app.inject('/openapi.json')).json()
  t.strictSame(Object.keys(published.components.securitySchemes), ['password', 'client'])
})

t.test('The server publishes docs/openapi.json, which npm run generate writes', async t => {
  const { app } = await createApp(t, { docs: 'on', rpId: 'example.com', issuer: 'http://127.0.0.1:3000' })
  const written = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')
  t.strictSame((await app.inject('/openapi.json')).json(), JSON.parse(written))
})

t.test('/openapi.json is a valid OpenAPI 3.1 document', async t => {
  const { document } = await fetchDocument(t)
  const validator = new Validator()
  const { valid, errors = [] } = await validator.validate(structuredClone(document) as never)
  t.same(errors, [])
  t.equal(valid, true)
  t.equal(validator.version, '3.1')

  const { paths: _, components: __, ...wrong } = structuredClone(document)
  t.equal((await new Validator().validate(wrong as never)).valid, false, 'the validator rejects an invalid document')
})

t.test('Every operation has a unique id, texts, a tag and an answer (docs page, SDKs)', async t => {
  const { document, operations } = await fetchDocument(t)
  t.ok(operations.length >= 14)
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
  const tags = document.tags.map(tag => tag.name)
  const faults = operations.flatMap(({ name, operationId = '', summary, tags: own, parameters = [], responses }) => {
    const all = Object.entries(responses)
    const isEmpty = (status: string) => ['202', '204'].includes(status) || operationId === 'revokeToken'
    return Object.entries({
      'has an id that is no name': !/^[a-z][A-Za-z]+$/.test(operationId),
      'has no summary': !summary,
      "has not one of the document's tags": own?.length !== 1 || !tags.includes(String(own[0])),
      'does not describe its parameters': parameters.some(({ description }) => !description),
      'has not one status of success': all.filter(([status]) => status.startsWith('2')).length !== 1,
      'does not describe a response': all.some(([, { description = '' }]) => /^(Default Response)?$/.test(description)),
      'has a response without a body': all.some(
        ([status, { content }]) => !content && (Number(status) >= 400 || (/^2/.test(status) && !isEmpty(status)))
      )
    }).flatMap(([fault, isFault]) => (isFault ? [`${name} ${fault}`] : []))
  })
  t.strictSame(faults, [])
})

t.test('Every object is a component, which gives its type a name (SDK generators)', async t => {
  const { document, operations } = await fetchDocument(t)
  const named = document.components.schemas
  const misnamed = Object.entries(named).filter(([name, { title }]) => title !== name || !/^[A-Z][A-Za-z]+$/.test(name))
  t.strictSame(misnamed, [])
  const bodies = operations.flatMap(bodiesOf).flatMap(({ what, schema }) => [...schemasIn(schema, what)])
  const members = Object.entries(named).flatMap(([name, schema]) => [...schemasIn(schema, name)].slice(1))
  const isThere = ($ref: string) => $ref.replace('#/components/schemas/', '') in named
  const faults = [...bodies, ...members].filter(([, { $ref, type }]) => type === 'object' || ($ref && !isThere($ref)))
  t.strictSame(faults, [])
})

t.test('Every example is valid against its schema', async t => {
  const { document, operations } = await fetchDocument(t)
  const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }))
  // The document under its own name, so that references into it resolve.
  ajv.addSchema({ $id: 'document', components: document.components })
  const validate = (schema: Schema) => {
    const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components'))
    return ajv.compile(local)
  }

  const named = Object.entries(document.components.schemas).map(([what, schema]) => ({ what, schema }))
  const bodies: { what: string; schema: Schema; example?: unknown }[] = [...named, ...operations.flatMap(bodiesOf)]
  const faults: unknown[] = []
  let count = 0
  for (const { what, schema, example: whole } of bodies) {
    for (const [at, part] of [...schemasIn(schema, what)]) {
      const { example, examples = example === undefined ? [] : [example], ...rest } = part
      for (const example of [...examples, ...(part === schema && whole !== undefined ? [whole] : [])]) {
        const isRight = validate(rest)
        if (!isRight(example)) faults.push([at, example, isRight.errors])
        count++
      }
    }
  }
  t.strictSame(faults, [])
  t.ok(count > 50, `${count} examples`)
})

t.test('The document describes the login: the password flow with the existing scopes', async t => {
  const { document, operations } = await fetchDocument(t)
  const { securitySchemes } = document.components
  t.match(securitySchemes, {
    password: { type: 'oauth2', flows: { password: {} } },
    client: { type: 'http', scheme: 'basic' }
  })
  t.same(securitySchemes.password?.flows?.password?.scopes, builtInScopes)
  const faults = operations.filter(({ security, responses }) => {
    const ways = security?.flatMap(way => Object.entries(way))
    const isKnown = ([scheme, scopes]: [string, string[]]) =>
      scheme in securitySchemes && scopes.every(scope => scope in builtInScopes)
    const hasChallenge = 'WWW-Authenticate' in (responses['401']?.headers ?? {})
    return !ways?.every(isKnown) || (ways.length > 0 && !hasChallenge)
  })
  t.strictSame(faults, [])
})

t.test('An account has no hint and no security question (ASVS 6.4.2)', async t => {
  const { Registration } = (await fetchDocument(t)).document.components.schemas
  t.strictSame(Object.keys(Registration?.properties ?? {}), [
    'username',
    'password',
    'email',
    'full_name',
    'locale',
    'data',
    'claims'
  ])
})
