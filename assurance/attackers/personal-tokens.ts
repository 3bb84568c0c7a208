import { newPersonalToken } from '../../src/auth/personal-tokens/token-text.ts'
import { exchangeGrant, personalTokenType } from '../../test/support/personal-tokens.ts'
import { type Attacker, type Attempt, refusal } from './attacker.ts'
import { recruitWith } from './steps.ts'

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
