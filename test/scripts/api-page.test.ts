import { readFileSync } from 'node:fs'
import t from 'tap'
import { type ApiDocument, renderApi } from '../../scripts/api-page.ts'
import { limitsOf, memberTable, typeOf } from '../../scripts/schema-words.ts'

const api: ApiDocument = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
const page = renderApi(api)

/** The section of an operation. */
const section = (operation: string) => page.split('\n### ').find(part => part.startsWith(`\`${operation}\`\n`)) ?? ''

t.test('the page has every operation, parameter, member of a body and status', async t => {
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, { parameters = [], requestBody, responses }] of Object.entries(methods)) {
      const text = section(`${method.toUpperCase()} ${path}`)
      for (const { name } of parameters) t.match(text, `| \`${name}\` |`, `${method} ${path}: ${name}`)
      for (const { schema } of Object.values(requestBody?.content ?? {})) {
        const { properties = {} } = api.components.schemas[String(schema.$ref).split('/').at(-1) ?? ''] ?? {}
        for (const name of Object.keys(properties)) t.match(text, `| \`${name}\` |`, `${method} ${path}: ${name}`)
      }
      for (const status of Object.keys(responses)) t.match(text, status, `${method} ${path}: ${status}`)
    }
  }
})

t.test('every object that the page links to is on the page, with its members', async t => {
  for (const [, title = '', anchor] of page.matchAll(/\[(\w+)\]\(#(\w+)\)/g)) {
    t.equal(title.toLowerCase(), anchor)
    t.ok(page.includes(`\n### ${title}\n`) || page.includes(`\n## ${title}\n`), title)
  }
  t.match(page, /\n### AuditDetail\n\n.*\n\nIt can have other members too\.\n/)
})

t.test('it says who may call an operation', async t => {
  const expected = {
    'GET /livez': 'anyone',
    'POST /users': 'anyone, or an access token with the scope `users:write`',
    'GET /users/me': 'an access token with the scope `me`',
    'GET /verify': 'any access token',
    'POST /token': 'anyone, or a client with HTTP Basic',
    'POST /introspect': 'a client with HTTP Basic, or an access token with the scope `introspect`'
  }
  for (const [operation, who] of Object.entries(expected)) t.match(section(operation), `Who may call it: ${who}.`)
})

t.test('types and limits are in words', async t => {
  t.equal(typeOf({ type: ['string', 'null'], format: 'email' }), 'string (email) or null')
  t.equal(typeOf({ type: 'array', items: { $ref: '#/components/schemas/User' } }), 'array of [User](#user)')
  t.equal(typeOf({ anyOf: [{ type: 'integer' }, { enum: ['a', 'b'] }] }), 'integer or `a`, `b`')
  t.equal(typeOf({}), 'any')
  t.equal(limitsOf({ minLength: 1 }), 'at least 1 characters')
  t.equal(limitsOf({ minimum: 1, maximum: 100, default: 50 }), '1 to 100, default `50`')
  t.equal(limitsOf({ maxItems: 9, items: { maxLength: 4 } }), 'at most 9 items, each at most 4 characters')
  t.equal(limitsOf({ anyOf: [{ maxLength: 4 }, { type: 'null' }] }), 'at most 4 characters')
  t.equal(limitsOf({ type: 'string' }), undefined)
  const described = { type: 'string', description: '1 to 64 characters', maxLength: 256 }
  t.match(memberTable({ properties: { name: described } }), '| `name` | string, optional | 1 to 64 characters |')
})
