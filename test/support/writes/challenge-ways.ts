import { password } from '../app.ts'
import { wrong } from '../email-codes.ts'
import { wrongPassword } from '../guess.ts'
import type { Limit } from './limits.ts'
import { limited, once, type Ways, type WriteWorld, writesNothing } from './world.ts'

const refused = { scope: 'nothing:here' }

/** The auth session of a step-up, after a refresh that asks for a new login. */
async function stepUpOf({ send, stranger, pkce }: WriteWorld, refreshToken: string) {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, max_age: '0' }
  const { auth_session } = (await send(stranger(), 'POST /token', { form })).json()
  return { auth_session, ...pkce }
}

/** What a login shows in one request. */
const showing = (name: string, limit: Limit, form: Record<string, string>) =>
  limited(name, limit, async world => {
    const { username } = await world.person()
    return () => ({ form: { response_type: 'code', username, ...world.pkce, ...form } })
  })

/** Logins with a passkey, each with an auth session of its own. */
const passkeys = (name: string, form: object, faults: object = {}) =>
  limited(name, 'logins', async world => {
    const { show } = await world.withPasskey()
    // A copy is known by its counter once the passkey has been used.
    const first = { ...show(await world.begin()), ...world.pkce }
    await world.send(world.stranger(), 'POST /authorize-challenge', { form: first })
    return async () => ({ form: { ...show(await world.begin({ ...form }), faults), ...world.pkce } })
  })

/** Requests for a code in the mail. */
const asksForCodes = (name: string, username: (world: WriteWorld) => Promise<string>) =>
  limited(name, 'mail', async world => {
    const named = { username: await username(world) }
    return () => ({ form: { response_type: 'code', factor: 'email_code', ...named, ...world.pkce } })
  })

/** A code in the mail for the account of `person`, right or wrong, with the auth session that asked for it. */
async function mailed(world: WriteWorld, { id, username }: { id: string; username: string }, form: object = {}) {
  const { auth_session } = await world.begin({ username, factor: 'email_code', ...form })
  const user = await world.app.userAdmin.byId(id)
  return {
    auth_session,
    email_code: String(await world.app.emailCodes.codeFor(user, String(user.email))),
    ...world.pkce
  }
}

/** Ways to write at the authorization challenge endpoint. */
export const challengeWays: Ways = {
  'POST /authorize-challenge': [
    writesNothing('logins that are begun', async world => () => ({ form: { response_type: 'code', ...world.pkce } })),
    showing('wrong passwords', 'account', { password: wrongPassword }),
    showing('right passwords', 'logins', { password }),
    showing('right passwords for a scope that is refused', 'logins', { password, ...refused }),
    showing('a second factor that the account has not', 'logins', { password, acr_values: 'aal2' }),
    limited('wrong codes after a right password', 'code', async world => {
      const { username } = await world.enrolled()
      const { auth_session } = await world.begin({ username, password })
      return () => ({ form: { auth_session, otp: '000000', ...world.pkce } })
    }),
    limited('right codes for a scope that is refused', once, async world => {
      const { username, factor } = await world.enrolled()
      const { auth_session } = await world.begin({ username, password, ...refused })
      return () => ({ form: { auth_session, otp: factor.code(), ...world.pkce } })
    }),
    limited('right codes of one login', once, async world => {
      const { username, factor } = await world.enrolled()
      const { auth_session } = await world.begin({ username, password })
      return () => ({ form: { auth_session, otp: factor.code(), ...world.pkce } })
    }),
    limited('wrong codes of a step-up', 'code', async world => {
      const form = await stepUpOf(world, (await world.enrolled()).refreshToken)
      return index => ({ form: { ...form, ...(index % 2 ? { otp: '000000' } : { recovery_code: 'A'.repeat(16) }) } })
    }),
    limited('wrong passwords of a step-up', 'account', async world => {
      const form = await stepUpOf(world, (await world.enrolled()).refreshToken)
      return () => ({ form: { ...form, password: wrongPassword } })
    }),
    {
      name: 'step-ups with right codes, each of a new auth session',
      // A new code comes after 30 seconds. A used one counts as a wrong one.
      one: ['each code works once, and then counts as a wrong one', 30],
      many: ['each code works once, and then counts as a wrong one', 30],
      ask: async world => {
        const { refreshToken, factor } = await world.enrolled()
        return async () => ({ form: { ...(await stepUpOf(world, refreshToken)), otp: factor.code() } })
      }
    },
    limited('passkeys that are refused', 'credential', async world => {
      const { auth_session } = await world.begin()
      return () => ({ form: { auth_session, passkey: '{}', ...world.pkce } })
    }),
    passkeys('copies of a passkey', {}, { counter: 1 }),
    passkeys('right passkeys', {}),
    passkeys('right passkeys for a scope that is refused', refused),
    asksForCodes('codes in the mail for one account', async world => (await world.person()).username),
    asksForCodes('codes in the mail for a name that no account has', async world => world.next('nobody')),
    limited('wrong codes from the mail', 'account', async world => {
      const { email_code, ...form } = await mailed(world, await world.person())
      return () => ({ form: { ...form, email_code: wrong(email_code) } })
    }),
    limited('right codes from the mail for a scope that is refused', once, async world => {
      const form = await mailed(world, await world.person(), refused)
      return () => ({ form })
    }),
    limited(
      'right codes from the mail without the second factor',
      ['it works five times, and then counts as a wrong one', 30],
      async world => {
        const form = await mailed(world, await world.enrolled())
        return () => ({ form })
      }
    ),
    limited('a wrong client secret', 'credential', async world => {
      const { id } = await world.client()
      return () => ({ form: { response_type: 'code', client_id: id, client_secret: 'wrong' } })
    })
  ]
}
