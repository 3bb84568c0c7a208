import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { clientToken } from '../support/administrator.ts'
import { bearer, createApp, createUser, logIn } from '../support/app.ts'
import { bothSchemes } from '../support/dpop.ts'
import { createTokenWorld } from '../support/personal-tokens.ts'
import { exampleOf, type Shape } from '../support/text-places.ts'

interface Operation {
  operationId: string
  responses: Record<string, unknown>
  security?: Record<string, string[]>[]
  requestBody?: { content: Record<string, { schema: Shape & { $ref?: string } }> }
}

/** What a browser sends for a new passkey. */
const response = {
  ...{ id: 'AAAA', rawId: 'AAAA', type: 'public-key', clientExtensionResults: {} },
  response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' }
}
const unknown = '019c0000-0000-7000-8000-0123456789ab'
const urlOf = (path: string) =>
  path
    .replace('/clients/{id}', `/clients/c_${unknown}`)
    .replace('/webhooks/{id}', `/webhooks/wh_${unknown}`)
    .replace(/\{\w+\}/g, unknown)
const titles: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed'
}
const problem = (status: number, code: string, detail: string, instance: string) => ({
  type: 'about:blank',
  title: titles[status],
  ...{ status, code, detail, instance }
})

/** An app with every route, the paths of its document, and the operations that need an access token. */
async function createWorld(t: Test) {
  const { app } = await createApp(t, { docs: 'on', rpId: 'example.com' })
  await createUser(app, 'root', adminScopes)
  return { app, ...(await operationsOf(app)) }
}

async function operationsOf(app: FastifyInstance) {
  const { paths, components } = (await app.inject('/openapi.json')).json()
  const schemaOf = ({ $ref, ...schema }: Shape & { $ref?: string }): Shape =>
    $ref === undefined ? schema : components.schemas[String($ref.split('/').at(-1))]
  const all = Object.entries<Record<string, Operation>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase() as 'GET',
      ...operation
    }))
  )
  const withToken = all.flatMap(({ path, method, security = [], requestBody }) => {
    const scope = security.find(way => 'password' in way)?.password?.[0]
    // What anyone may call, and what also takes the credentials of a client, is tested with its route.
    if (scope === undefined || security.length > 1) return []
    const json = requestBody?.content['application/json']
    const payload = json && { ...exampleOf(schemaOf(json.schema)), ...(path === '/users/me/passkeys' && { response }) }
    const ask = (token?: string, url = urlOf(path)) =>
      app.inject({ method, url, headers: token === undefined ? {} : bearer(token), ...(payload && { payload }) })
    return { path, method, name: `${method} ${path}`, scope, url: urlOf(path), ask }
  })
  return { paths: paths as Record<string, Record<string, Operation>>, all, withToken }
}

/** The scope that an operation has to ask for. */
function scopeOf(method: string, path: string) {
  if (path.startsWith('/users/me')) return 'me'
  const [, resource] = path.split('/')
  if (/^(audit|events|overview)$/.test(String(resource))) return 'audit:read'
  return `${resource}:${method === 'GET' && resource !== 'webhooks' ? 'read' : 'write'}`
}

t.test('Of all operations', async t => {
  const world = await createWorld(t)

  t.test('Every operation of an account or an administrator needs a token with its scope (RFC 6750 §3)', async t => {
    const { app, withToken } = world
    t.strictSame(
      withToken.filter(({ method, path, scope }) => scope !== scopeOf(method, path)),
      []
    )
    t.ok(withToken.length > 45, `${withToken.length} operations`)
    const scopes = [...new Set(withToken.map(({ scope }) => scope))]
    const lacking = new Map<string, string>()
    for (const one of scopes) {
      const others = scopes.filter(scope => scope !== one).join(' ')
      lacking.set(one, (await logIn(app, { username: 'root', scope: others })).access_token)
    }
    const [found, expected]: [unknown[], unknown[]] = [[], []]
    for (const { name, url, scope, ask } of withToken) {
      for (const { headers, ...answer } of [await ask(), await ask(lacking.get(scope))])
        found.push([name, headers['content-type'], headers['www-authenticate'], answer.json()])
      const type = 'application/problem+json; charset=utf-8'
      const detail = `The access token lacks the scope ${scope}.`
      const challenge = `Bearer realm="sallyport", error="insufficient_scope", error_description="${detail}", scope="${scope}"`
      const missing = problem(401, 'missing_token', 'Send an access token: Authorization: Bearer <token>.', url)
      expected.push([name, type, bothSchemes, missing])
      expected.push([name, type, challenge, problem(403, 'insufficient_scope', detail, url)])
    }
    t.strictSame(found, expected)
  })

  t.test("A client's own token has no account (RFC 6749 §4.4)", async t => {
    const { app, withToken } = world
    const { token } = await clientToken(app, 'jobs', ['me'])
    const ofAccount = withToken.filter(({ scope }) => scope === 'me')
    const answers = await Promise.all(ofAccount.map(async ({ name, ask }) => [name, (await ask(token)).json()]))
    const detail = 'This access token belongs to a client, not to a user.'
    t.strictSame(
      answers,
      ofAccount.map(({ name, url }) => [name, problem(403, 'user_required', detail, url)])
    )
  })

  t.test('A personal access token, and an access token for one, can do nothing at this server', async t => {
    const { app, id, create, exchange } = await createTokenWorld(t, { docs: 'on', rpId: 'example.com' })
    await app.userAdmin.update(id, { scopes: [...adminScopes, 'reports:read'] }, {})
    const { token } = await create()
    const { access_token } = (await exchange(token)).json()
    const { withToken } = await operationsOf(app)
    const reasons = new Set<string>()
    for (const { ask } of withToken.filter(({ path }) => path !== '/events'))
      reasons.add([(await ask(token)).json().code, (await ask(access_token)).json().code].join())
    t.strictSame([...reasons], ['invalid_token,insufficient_scope'])
  })

  t.test('An id that does not exist is 404, and one of another form is 400', async t => {
    const { app, withToken } = world
    const { id } = await app.userAdmin.byIdOrName('root')
    const { access_token: token } = await logIn(app, { username: 'root' })
    const notThere: [RegExp, string][] = [
      [/^POST .*\/confirm$/, 'There is no authenticator app with this id to confirm. Begin again.'],
      [/^PATCH .*\/passkeys\//, 'You have no passkey with this id.'],
      [/\/(factors|passkeys)\/\{/, 'You have no second factor with this id.'],
      [/\/sessions\/\{/, 'This account has no session with this id.'],
      [/\/tokens\/\{/, 'This account has no personal access token with this id.'],
      [/\/identities\/\{/, 'This account has no identity with this id.'],
      [/\/clients\/\{/, `There is no client c_${unknown}.`],
      [/\/webhooks\/\{/, 'There is no webhook with this id.']
    ]
    const [found, expected]: [unknown[], unknown[]] = [[], []]
    for (const { name, path, url, ask } of withToken.filter(({ path }) => path.includes('{'))) {
      const detail = notThere.find(([pattern]) => pattern.test(name))?.[1] ?? ''
      const noUser = path.startsWith('/users/{id}') ? 'This user does not exist.' : undefined
      found.push([name, (await ask(token)).json()])
      expected.push([name, problem(404, 'not_found', noUser ?? detail, url)])
      if (noUser && detail !== '') {
        const own = path.replace('{id}', id).replace(/\{\w+\}/, unknown)
        found.push([name, (await ask(token, own)).json()])
        expected.push([name, problem(404, 'not_found', detail, own)])
      }
      const prefix = { clients: 'c_', webhooks: 'wh_' }[String(path.split('/')[1])]
      const form = prefix ? `match pattern "^${prefix}[0-9a-f-]{36}$"` : 'match format "uuid"'
      const pointers = Array.from(path.matchAll(/\{(\w+)\}/g), ([, parameter]) => `/${parameter}`)
      found.push([name, (await ask(token, path.replace(/\{\w+\}/g, 'x%00y'))).json().errors])
      expected.push([name, pointers.map(pointer => ({ pointer, detail: `must ${form}` }))])
    }
    t.strictSame(found, expected)
  })

  t.test('Another method is 405 with Allow, in the format of the URL (RFC 9110 §15.5.6)', async t => {
    const { app, paths } = world
    const [found, expected]: [unknown[], unknown[]] = [[], []]
    for (const [path, methods] of Object.entries(paths)) {
      const allowed = Object.keys(methods).flatMap(method =>
        method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]
      )
      const method = (['GET', 'PUT', 'PATCH'] as const).find(one => !allowed.includes(one)) ?? 'OPTIONS'
      const url = urlOf(path)
      const { statusCode, headers, ...answer } = await app.inject({ method, url, headers: bearer('x') })
      const allow = String(headers.allow)
      found.push([statusCode, allow.split(', ').sort(), answer.json()])
      const detail = `${method} is not allowed here. Use ${allow}.`
      const isOauth = /^\/(token|revoke|introspect|authorize-challenge)$/.test(path)
      const oauth = { error: 'invalid_request', error_description: detail }
      expected.push([405, allowed.sort(), isOauth ? oauth : problem(405, 'method_not_allowed', detail, url)])
    }
    t.strictSame(found, expected)
  })

  t.test('Every operation that may be throttled documents 429 (RFC 6585 §4)', async t => {
    const { all } = world
    const withoutLimit = all.filter(({ method, responses }) => method !== 'GET' && !responses['429'])
    // Their tokens work once, and only live sessions can be ended.
    t.strictSame(withoutLimit.map(({ operationId }) => operationId).sort(), [
      ...['endMySession', 'undoEmailChange', 'undoFactor', 'verifyEmail']
    ])
  })
})
