import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { basic } from '../../test/support/app.ts'
import { startServer } from '../../test/support/server.ts'

// Programs into which people import the OpenAPI document; docs/sdks.md names them.

const tools = fileURLToPath(new URL('../../tools/published/node_modules', import.meta.url))

/** A request as Bruno or Postman keeps it, or a folder of them. */
interface Item<Request> {
  name: string
  items?: Item<Request>[]
  item?: Item<Request>[]
  request: Request
}
type Pair<Key extends string> = Record<Key | 'value', string>
interface BrunoRequest {
  url: string
  auth: { oauth2?: Record<string, unknown> | null }
  body: { mode: string; json: string; formUrlEncoded: Pair<'name'>[] }
}
interface PostmanRequest {
  url: { path: string[] }
  auth: { oauth2?: Pair<'key'>[] }
  body?: { mode: string; raw: string; urlencoded?: Pair<'key'>[] }
}

/** The request with this name, from any folder. */
function find<Request>(items: Item<Request>[], name: string): Request {
  const all = (items: Item<Request>[]): Item<Request>[] =>
    items.flatMap(one => (one.items || one.item ? all(one.items ?? one.item ?? []) : [one]))
  return all(items).find(item => item.name === name)?.request as Request
}

const require = createRequire(join(tools, 'package.json'))

/**
 * Each imports a document into a program, and resolves to its request with a name: URL, body, and how to get a token.
 */
const importers = {
  async Bruno(document: object, name: string) {
    const { openApiToBruno } = await import(require.resolve('@usebruno/converters'))
    const { items, environments } = await openApiToBruno(document)
    const { url, body, auth } = find<BrunoRequest>(items, name)
    const form = body.formUrlEncoded.map(({ name, value }) => [name, value] as [string, string])
    return {
      url: url.replace('{{baseUrl}}', environments[0].variables[0].value),
      body: body.mode === 'json' ? body.json : new URLSearchParams(form),
      auth: auth.oauth2 ?? {}
    }
  },
  async Postman(document: object, name: string) {
    const { convertV2 } = require('openapi-to-postmanv2')
    const { output } = await promisify(convertV2)({ type: 'json', data: document }, { parametersResolution: 'Example' })
    const { item, variable } = output[0].data
    const { url, body, auth } = find<PostmanRequest>(item, name)
    const pairs = (list: Pair<'key'>[] = []) => list.map(({ key, value }) => [key, value] as [string, string])
    return {
      url: [variable[0].value, ...url.path].join('/'),
      body: body?.mode === 'raw' ? body.raw : new URLSearchParams(pairs(body?.urlencoded)),
      auth: Object.fromEntries(pairs(auth.oauth2))
    }
  }
}

/** With each importer: how a request gets a token, and the client that docs/sdks.md has people enter. */
const programs = [
  {
    program: 'Bruno',
    importInto: importers.Bruno,
    grant: { grantType: 'password', clientId: '{{oauth_client_id}}', clientSecret: '{{oauth_client_secret}}' },
    headers: basic('first-party', '')
  },
  {
    program: 'Postman',
    importInto: importers.Postman,
    grant: { grant_type: 'password_credentials', clientId: undefined },
    headers: basic('', '')
  }
]

for (const { program, importInto, grant, headers } of programs)
  t.test(`${program}: the imported requests create an account and log it in unchanged`, async t => {
    const { url } = await startServer(t, { docs: 'on' })
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as object
    for (const [name, status] of [
      ['Create an account', 201],
      ['Log in, refresh a login, or get a token for a client', 200]
    ] as const) {
      const request = await importInto(document, name)
      const headers = typeof request.body === 'string' ? { 'content-type': 'application/json' } : {}
      t.equal((await fetch(request.url, { method: 'POST', headers, body: request.body })).status, status, name)
    }

    const { auth, url: address } = await importInto(document, 'Get your account')
    t.match(auth, grant)
    const credentials = { username: 'alice', password: 'correct horse battery staple', scope: String(auth.scope) }
    const body = new URLSearchParams({ grant_type: 'password', ...credentials })
    const login = (await (await fetch(`${url}/token`, { method: 'POST', headers, body })).json()) as {
      access_token: string
    }
    const authorization = `Bearer ${login.access_token}`
    t.equal((await fetch(address, { headers: { authorization } })).status, 200, 'Get your account')
  })
