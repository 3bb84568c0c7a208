import { basic, password } from '../../test/support/app.ts'
import { type Attacker, type Attempt, claimsOf } from './attacker.ts'
import { createSteps, recruitWith, shows } from './steps.ts'

const roles = ['admin']

/** Throws when the account has claims. */
async function assertNoClaims({ world }: Attacker, id: string) {
  const [row] = await world.rows(`SELECT claims FROM users WHERE id = '${id}'`)
  const stored = typeof row?.claims === 'string' ? JSON.parse(row.claims) : row?.claims
  if (JSON.stringify(stored) !== '{}') throw new Error(`the account has the claims ${JSON.stringify(stored)}`)
}

/** A client that logs `username` in and can introspect the tokens, which are its own. */
async function introspector({ ask, world, random, own }: Attacker, username: string) {
  const made = (await world.administer('POST', '/clients', {
    name: `shop${random.below(1e9)}`,
    confidential: true,
    grants: ['password', 'refresh_token'],
    scopes: ['me']
  })) as Record<string, string>
  own.add(String(made.client_id))
  const headers = basic(String(made.client_id), String(made.client_secret))
  const token = async (form: Record<string, string>) =>
    (await ask('/token', { form, headers, expect: [200] })).json as { access_token: string; refresh_token: string }
  return {
    logIn: () => token({ grant_type: 'password', username, password }),
    refresh: (refresh_token: string) => token({ grant_type: 'refresh_token', refresh_token }),
    introspect: async (token: string) => (await ask('/introspect', { form: { token }, headers, expect: [200] })).json
  }
}

/** Throws when a token or an answer of the server has a role. */
function assertNoRole(found: Record<string, unknown>, how: string) {
  if (found.roles !== undefined) throw new Error(`${how} has the roles ${JSON.stringify(found.roles)}`)
}

/** Attempts to write claims, to get a role through the data of an account, and to keep one that was withdrawn. */
export const claimAttempts: Attempt[] = [
  {
    aim: 'a withdrawn right',
    name: 'keep a role that was withdrawn, with every grant, an old token and changes at the same time',
    async run(attacker) {
      const { ask, many, world } = attacker
      const mine = await recruitWith(attacker)
      const client = await introspector(attacker, mine.username)
      const { step, redeem } = createSteps(attacker)
      const set = (roles: string[] | null) => world.administer('PATCH', `/users/${mine.id}`, { claims: { roles } })
      await set(roles)
      const { access_token: token, refresh_token } = await client.logIn()
      if (claimsOf(token).roles === undefined) throw new Error('there is no role to lose')
      const { authorization_code } = await step(shows(mine.username), [200])

      // A change that has read the account before the role is withdrawn is written after it.
      let changed = 0
      for (let round = 0; round < 8; round++) {
        await set(roles)
        await many(7, 7, async index => {
          if (index === 3) return await set(null)
          const json = index % 2 ? { data: { round, index } } : { full_name: `${round} ${index}` }
          const { status } = await ask('/users/me', { method: 'PATCH', json, token, expect: [200, 409] })
          if (status === 200) changed++
        })
        await assertNoClaims(attacker, mine.id)
      }
      if (changed === 0) throw new Error('no change was written')
      await many(2 * world.programs.length, 1, async () => {
        assertNoRole(await client.introspect(token), '/introspect')
        assertNoRole((await ask('/users/me', { token, expect: [200] })).json.claims, '/users/me')
      })
      assertNoRole(claimsOf((await client.refresh(refresh_token)).access_token), 'a refreshed token')
      assertNoRole(claimsOf((await client.logIn()).access_token), 'a token of a new login')
      assertNoRole(claimsOf((await redeem(authorization_code)).json.access_token), 'a token for an earlier code')
      const change = { current_password: password, new_password: 'purple monkey dishwasher lamp' }
      const put = await ask('/users/me/password', { method: 'PUT', json: change, token, expect: [200] })
      assertNoRole(claimsOf(put.json.access_token), 'a token after a new password')
    }
  }
]
