import { newPersonalToken } from '../../src/auth/personal-tokens/token-text.ts'
import { exchangeGrant, personalTokenType } from '../../test/support/personal-tokens.ts'
import { type Attacker, type Attempt, claimsOf, refusal } from './attacker.ts'
import { recruitWith } from './steps.ts'
import { orders } from './world.ts'

const aim = 'another account'

/** The exchange of a token by a client that an administrator has registered for scripts. */
async function scriptsOf({ ask, own, random, world }: Attacker) {
  const made = await world.administer('POST', '/clients', {
    name: `scripts${random.below(1e9)}`,
    confidential: false,
    grants: [exchangeGrant],
    scopes: ['me', 'orders:read', 'users:write']
  })
  const client_id = String((made as Record<string, string>).client_id)
  own.add(client_id)
  const exchange = (subject_token: string, form: Record<string, string> = {}, expect: readonly number[] = refusal) =>
    ask('/token', {
      form: { grant_type: exchangeGrant, subject_token, subject_token_type: personalTokenType, client_id, ...form },
      expect
    })
  return { client_id, exchange }
}

/** A personal access token of a new account of the attacker, and the login that made it. */
async function tokenOf(attacker: Attacker, members: object = {}) {
  const mine = await recruitWith(attacker, 'none', ['me', 'orders:read'])
  const { access_token } = await attacker.logIn({ username: mine.username })
  const json = { name: 'script', ...members }
  const answer = await attacker.ask('/users/me/tokens', { token: access_token, json, expect: [201] })
  return { ...mine, token: String(answer.json.token), tokenId: String(answer.json.id), access_token }
}

/** Attempts to make personal access tokens more than they are. */
export const personalTokenAttempts: Attempt[] = [
  {
    aim,
    name: 'guess personal access tokens, ten thousand times and from ever new addresses',
    async run(attacker) {
      const { exchange } = await scriptsOf(attacker)
      const { token } = await tokenOf(attacker)
      const rows = async () => (await attacker.world.rows('SELECT count(*) AS n FROM personal_tokens'))[0]?.n
      const before = await rows()
      await attacker.many(10_000, 16, index =>
        exchange(index % 2 ? newPersonalToken() : `${token.slice(0, -6)}${String(index).padStart(6, '0')}`)
      )
      if ((await rows()) !== before) throw new Error('guesses wrote rows')
    }
  },
  {
    aim,
    name: 'use a stolen personal access token where a login, a code or a refresh token belongs',
    async run(attacker) {
      const { ask } = attacker
      const { client_id, exchange } = await scriptsOf(attacker)
      const { token, tokenId, id } = await tokenOf(attacker)
      const { access_token } = (await exchange(token, {}, [200])).json
      if (claimsOf(access_token).auth_time !== undefined) throw new Error('the access token has a login')
      for (const bearer of [token, access_token]) {
        for (const path of ['/users/me', '/users/me/tokens', '/users/me/sessions', '/users', `/users/${id}/tokens`])
          await ask(path, { token: bearer, expect: [401, 403] })
        for (const [method, path, json] of [
          ['POST', '/users/me/tokens', { name: 'another', expires_in: 31_536_000 }],
          ['DELETE', `/users/me/tokens/${tokenId}`, undefined],
          ['PATCH', '/users/me', { email: 'm@evil.example' }],
          ['PATCH', `/users/${id}`, { scopes: ['me', 'users:write'] }],
          ['POST', '/users/me/factors', { type: 'totp' }]
        ] as const)
          await ask(path, { method, token: bearer, expect: [401, 403], ...(json && { json }) })
        await ask('/introspect', { form: { token }, token: bearer, expect: [401, 403] })
      }
      await ask('/token', { form: { grant_type: 'refresh_token', refresh_token: token } })
      await ask('/token', { form: { grant_type: 'authorization_code', code: token, code_verifier: 'v'.repeat(43) } })
      await ask('/token', { form: { grant_type: 'password', username: 'mallory', password: token } })
      await ask('/authorize-challenge', { form: { auth_session: token, client_id } })
      for (const type of ['access_token', 'refresh_token', 'id_token', 'jwt'])
        await exchange(token, { subject_token_type: `urn:ietf:params:oauth:token-type:${type}` })
      await exchange(token, { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' })
      await exchange(token, { actor_token: attacker.world.received.alice, actor_token_type: 'x' })
      for (const subject_token of [access_token, attacker.world.received.alice, attacker.world.received.root])
        await exchange(subject_token)
    }
  },
  {
    aim: 'a scope',
    name: 'widen a personal access token: its scopes, its API, its client and its life',
    async run(attacker) {
      const { ask, logIn } = attacker
      const { exchange } = await scriptsOf(attacker)
      const { username, token } = await tokenOf(attacker, { scopes: [], expires_in: 60 })
      for (const scope of ['me', 'orders:read', 'users:write', 'me orders:read', 'introspect', 'factors'])
        await exchange(token, { scope })
      await exchange(token, { resource: orders })
      await ask(`/verify?resource=${encodeURIComponent(orders)}`, { token, expect: [401] })
      const { access_token, expires_in } = (await exchange(token, {}, [200])).json
      if (claimsOf(access_token).scope !== '' || expires_in > 60) throw new Error('it got more than the token has')
      await ask('/token', {
        form: { grant_type: exchangeGrant, subject_token: token, subject_token_type: personalTokenType }
      })
      const login = (await logIn({ username })).access_token
      for (const json of [
        { name: 'script', scopes: ['me'] },
        { name: 'script', scopes: ['users:write'] },
        { name: 'script', scopes: ['billing:read'] },
        { name: 'script', resource: 'https://evil.example' },
        { name: 'script', resource: orders, scopes: [] },
        { name: 'script', expires_in: 31_536_001 },
        { name: 'script', user_id: attacker.world.ids.alice },
        { name: 'script', token: newPersonalToken() }
      ])
        await ask('/users/me/tokens', { token: login, json })
    }
  },
  {
    aim: 'a withdrawn right',
    name: 'use a personal access token after it was deleted, and after its account was disabled and enabled',
    async run(attacker) {
      const { ask, world } = attacker
      const { exchange } = await scriptsOf(attacker)
      const mine = await tokenOf(attacker)
      const { access_token } = (await exchange(mine.token, {}, [200])).json
      await ask('/revoke', { form: { token: mine.token }, expect: [200] })
      for (const token of [mine.token, access_token]) {
        await exchange(token)
        await ask('/verify', { token, expect: [401] })
      }
      const other = await tokenOf(attacker)
      const issued = (await exchange(other.token, {}, [200])).json.access_token
      await world.administer('PATCH', `/users/${other.id}`, { disabled: true })
      await exchange(other.token)
      await world.administer('PATCH', `/users/${other.id}`, { disabled: false })
      for (const token of [other.token, issued]) {
        await exchange(token)
        await ask('/verify', { token, expect: [401] })
      }
    }
  },
  {
    aim: 'another account',
    name: 'list and delete the personal access tokens of others',
    async run(attacker) {
      const { ask, world } = attacker
      const { access_token } = await attacker.logIn()
      const { tokenId, id, access_token: owner } = await tokenOf(attacker)
      await ask(`/users/me/tokens/${tokenId}`, { method: 'DELETE', token: access_token, expect: [404] })
      await ask(`/users/${id}/tokens/${tokenId}`, { method: 'DELETE', token: access_token, expect: [401, 403] })
      await ask(`/users/${world.ids.alice}/tokens`, { token: access_token, expect: [401, 403] })
      const { json } = await ask('/users/me/tokens', { token: owner, expect: [200] })
      if (json.items.length !== 1) throw new Error('the token of another was deleted')
    }
  },
  {
    aim: 'fill',
    name: 'use one personal access token from ever new addresses, and create tokens without end',
    async run(attacker) {
      const { exchange } = await scriptsOf(attacker)
      const { token, access_token } = await tokenOf(attacker)
      await attacker.many(500, 8, () => exchange(token, {}, [200]))
      await attacker.many(200, 8, index =>
        attacker.ask('/users/me/tokens', {
          token: access_token,
          json: { name: `script ${index}` },
          expect: [201, 409, 429]
        })
      )
    }
  }
]
