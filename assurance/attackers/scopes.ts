import { basic, password } from '../../test/support/app.ts'
import { encode, hmac, signedByStranger, strangersJwk } from '../../test/support/forgeries.ts'
import { everyScope } from '../../test/support/metadata.ts'
import { type Attempt, claimsOf } from './attacker.ts'
import { issuer, orders, type World } from './world.ts'

const aim = 'a scope'
const privileged = everyScope.filter(scope => scope !== 'me')
const asks = [
  ...privileged,
  privileged.join(' '),
  `me ${privileged.join(' ')}`,
  'ME',
  'users:*',
  '*',
  'me\tusers:write'
]

/** Every request that needs a privileged scope. */
const administer = ({ ids, api }: World): [method: string, path: string, json?: object][] => [
  ['GET', '/users'],
  ['GET', `/users/${ids.alice}`],
  ['PATCH', `/users/${ids.mallory}`, { scopes: ['me', ...privileged] }],
  ['PATCH', `/users/${ids.root}`, { disabled: true }],
  ['DELETE', `/users/${ids.alice}`],
  ['DELETE', `/users/${ids.alice}/sessions`],
  ['POST', `/users/${ids.alice}/password/reset`],
  ['GET', '/clients'],
  ['GET', `/clients/${api.id}`],
  ['POST', '/clients', { name: 'mine', confidential: false, grants: ['password'], scopes: privileged }],
  ['PATCH', `/clients/${api.id}`, { scopes: privileged }],
  ['DELETE', `/clients/${api.id}`],
  ['POST', `/clients/${api.id}/secret`],
  ['GET', '/audit']
]

/** Forged tokens, made from `valid`, a token of mallory, and from the token that root has sent to the API. */
function forgedTokens({ key, received, ids }: World, valid: string): string[] {
  const { kid, publicPem } = key
  const claims = { ...claimsOf(valid), scope: `me ${privileged.join(' ')}` }
  const asRoot = { ...claimsOf(received.root), aud: issuer, scope: claims.scope }
  const [head, body, signature] = valid.split('.') as [string, string, string]
  const [rootHead, rootBody, rootSignature] = received.root.split('.') as [string, string, string]
  const unsigned = (header: object) => `${encode(header)}.${encode(asRoot)}.`
  return [claims, asRoot, { ...claims, sub: ids.root }]
    .flatMap(made => [
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(made)}.`,
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${encode(made)}.${signature}`,
      hmac(made, kid, publicPem),
      hmac(made, kid, publicPem.trim()),
      hmac(made, '', ''),
      hmac(made, '../../../dev/null', ''),
      ...[kid, 'own', '', "' OR 1=1 --", '../../etc/passwd', '%00', '\0', '__proto__', 'constructor'].map(name =>
        signedByStranger(made, { kid: name, jwk: strangersJwk })
      ),
      signedByStranger(made, { kid: [kid] }),
      signedByStranger(made, { kid, jku: 'http://127.0.0.1:1/jwks.json', x5u: 'http://127.0.0.1:1/x' }),
      `${head}.${encode(made)}.${signature}`,
      `${head}.${encode(made)}.${rootSignature}`,
      `${head}.${encode(made)}.${Buffer.alloc(64).toString('base64url')}`,
      `${head}.${encode(made)}.`,
      `${encode({ alg: 'ES256', typ: 'at+jwt', kid, crit: ['exp'] })}.${encode(made)}.${signature}`
    ])
    .concat([
      `${head}.${rootBody}.${signature}`,
      `${rootHead}.${body}.${rootSignature}`,
      `${encode({ alg: 'ES256', typ: 'JWT', kid })}.${rootBody}.${rootSignature}`,
      `${received.root}.${signature}`,
      `${received.root.slice(0, -2)}`,
      unsigned({ alg: 'NONE', typ: 'at+jwt' }),
      unsigned({ alg: '', typ: 'at+jwt' }),
      unsigned({ typ: 'at+jwt' })
    ])
}

/** Attempts to get a scope that only administrators have. */
export const scopeAttempts: Attempt[] = [
  {
    aim,
    name: 'ask for it by name at the login, the refresh and the client credentials',
    async run({ ask, logIn, refresh, asApi }) {
      for (const scope of asks) {
        const form = { grant_type: 'password', username: 'mallory', password, scope }
        await ask('/token', { form, expect: [200, 400, 503] })
        const { refresh_token } = await logIn()
        await refresh(refresh_token, { scope }, [400])
        await ask('/token', { form: { grant_type: 'client_credentials', scope }, headers: asApi, expect: [400] })
        await ask('/token', { form: { grant_type: 'client_credentials', scope }, expect: [400, 401] })
      }
    }
  },
  {
    aim,
    name: 'pose as the client of an API without its secret',
    run: ({ ask, many, world, random }) =>
      many(80, 8, () =>
        ask('/token', {
          form: { grant_type: 'client_credentials', scope: 'orders:read' },
          headers: basic(world.api.id, `a secret ${random.below(1e9)}`)
        })
      )
  },
  {
    aim,
    name: 'give it to itself with members that the documents do not name',
    async run({ ask, logIn, world, random }) {
      const { access_token: token } = await logIn()
      const scopes = ['me', ...privileged]
      for (const more of [
        { scopes },
        { scope: scopes.join(' ') },
        { id: world.ids.root },
        { username: 'root' },
        { email_verified: true },
        { emailVerified: true, full_name: 'M' },
        { disabled: false },
        { is_admin: true },
        { 'scopes[]': scopes },
        { user: { scopes } },
        { constructor: { prototype: { scopes } } }
      ]) {
        await ask('/users/me', { method: 'PATCH', json: more, token })
        const account = { username: `m${random.below(1e9)}`, password, ...more }
        await ask('/users', { json: account })
      }
      const body = '{"full_name":"M","__proto__":{"scopes":["users:write"]}}'
      await ask('/users/me', { method: 'PATCH', body, token })
      await ask('/users', { json: { username: 'ROOT', password }, expect: [409, 429] })
      await ask('/users', { json: { username: 'ｒｏｏｔ', password }, expect: [409, 429] })
    }
  },
  {
    aim,
    name: 'administer with a token that has no such scope, or is for an API',
    async run({ ask, logIn, world, asApi }) {
      const machine = await ask('/token', { form: { grant_type: 'client_credentials' }, headers: asApi, expect: [200] })
      const { access_token } = await logIn()
      const tokens = [access_token, machine.json.access_token, ...Object.values(world.received)]
      for (const token of tokens)
        for (const [method, path, json] of administer(world))
          await ask(path, { method, token, ...(json ? { json } : {}), expect: [401, 403] })
    }
  },
  {
    aim,
    name: 'make /verify and /introspect speak for another',
    async run({ ask, logIn, world, asApi }) {
      const { access_token: token, refresh_token } = await logIn()
      const names = { 'X-Auth-Subject': world.ids.root, 'X-Auth-Username': 'root', 'X-Auth-Scope': 'users:write' }
      for (const query of [
        'scope=users:write',
        'scope=me%20users:write',
        'scope=me&scope=users:write',
        'scope=',
        'scope[]=me',
        'scope=me%0ausers:write',
        `resource=${orders}`,
        'resource=',
        `resource=${issuer}&resource=${orders}`,
        'admin=true',
        `access_token=${world.received.root}`
      ])
        await ask(`/verify?${query}`, { token, headers: names, expect: [400, 401, 403] })
      const { headers } = await ask('/verify', { token, headers: names, expect: [204] })
      if (headers['x-auth-subject'] !== world.ids.mallory || headers['x-auth-username'] !== 'mallory')
        throw new Error(`/verify said ${JSON.stringify(headers)}`)
      for (const other of Object.values(world.received)) {
        await ask('/verify', { token: other, expect: [401] })
        await ask(`/verify?resource=${issuer}`, { token: other, expect: [401] })
        await ask('/introspect', { form: { token }, token: other, expect: [401] })
      }
      await ask('/introspect', { form: { token: world.received.root }, token, expect: [403] })
      await ask('/introspect', { form: { token, client_id: 'first-party' }, expect: [401] })
      for (const about of [token, refresh_token, ...Object.values(world.received)]) {
        const { json } = await ask('/introspect', { form: { token: about }, headers: asApi, expect: [200] })
        if (JSON.stringify(json) !== '{"active":false}') throw new Error(`/introspect said ${JSON.stringify(json)}`)
      }
    }
  },
  {
    aim,
    name: 'invent and splice access tokens',
    async run({ ask, logIn, many, world, stranger }) {
      const { access_token } = await logIn()
      const forged = forgedTokens(world, access_token)
      const paths = ['/users/me', '/users', '/audit', '/verify', `/verify?resource=${orders}`]
      await many(forged.length, 8, async index => {
        const token = String(forged[index])
        for (const path of paths) await ask(path, { token, expect: [400, 401] })
        await ask('/introspect', { form: { token: access_token }, token, from: stranger(), expect: [400, 401] })
      })
    }
  }
]
