import { readFileSync } from 'node:fs'
import t from 'tap'
import { type ApiDocument, renderApi } from '../../../scripts/api-page.ts'

const api: ApiDocument = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'))
const page = renderApi(api)

/** The section of an operation. */
const section = (operation: string) => page.split('\n### ').find(part => part.startsWith(`\`${operation}\`\n`)) ?? ''

t.test('The page has every operation, parameter, member of a body and status', async t => {
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

t.test('It says who may call an operation', async t => {
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
