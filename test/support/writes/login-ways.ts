import { password } from '../app.ts'
import { wrongPassword } from '../guess.ts'
import { provedWays } from './dpop-ways.ts'
import { idTokenWays } from './identity-ways.ts'
import type { Limit } from './limits.ts'
import { exchanges, revocations } from './token-ways.ts'
import { home, limited, nothing, once, type Ways, writesNothing } from './world.ts'

const logIn = { grant_type: 'password', password }
const wrong = { grant_type: 'password', password: wrongPassword }
const wrongRecovery = 'AAAA-BBBB-CCCC-DDDD'
const forged = 'x'.repeat(64)
const refused = { scope: 'nothing:here' }

/** Wrong credentials of a client. */
const wrongClient = (form: Record<string, string>) =>
  limited('a wrong client secret', 'credential', async world => {
    const { id } = await world.client()
    return () => ({ form: { ...form, client_id: id, client_secret: 'wrong' } })
  })

/** Logins with one form of a new account, with an authenticator app if `isEnrolled`. */
const logins = (name: string, limit: Limit, form: object, isEnrolled = false) =>
  limited(name, limit, async world => {
    const { username } = await (isEnrolled ? world.enrolled() : world.person())
    return () => ({ form: { username, ...form } })
  })

/** Ways to write at the OAuth endpoints. */
export const loginWays: Ways = {
  'POST /token': [
    ...exchanges,
    ...provedWays,
    logins('wrong passwords of an account', 'account', wrong),
    {
      name: 'wrong passwords of an account from where it has logged in',
      from: home,
      one: 'known',
      ask: async world => {
        const { username } = await world.person()
        return () => ({ form: { ...wrong, username } })
      }
    },
    limited('wrong passwords of an account by its address', 'account', async world => {
      const { email } = await world.person()
      return () => ({ form: { ...wrong, username: email } })
    }),
    limited('wrong passwords of names that no account has', 'prefix', async world => index => ({
      form: { ...wrong, username: `${world.next('nobody')}${'n'.repeat(200)}${index}` }
    })),
    logins('right passwords', 'logins', logIn),
    logins('right passwords for a scope that is refused', 'logins', { ...logIn, ...refused }),
    logins('right passwords without the second factor', 'logins', logIn, true),
    logins('right passwords with wrong codes', 'logins', { ...logIn, otp: '000000' }, true),
    logins('right passwords with wrong recovery codes', 'logins', { ...logIn, recovery_code: wrongRecovery }, true),
    {
      name: 'right passwords with the recovery codes',
      one: 'logins',
      many: 'logins',
      messages: ['each code works once, and logs in', 20],
      ask: async world => {
        const { username, factor } = await world.enrolled()
        return index => ({
          form: { ...logIn, username, recovery_code: factor.recoveryCodes[index % 10] ?? wrongRecovery }
        })
      }
    },
    writesNothing('forms that a page of another site sends', async world => {
      const { username } = await world.person()
      return () => ({ form: { ...wrong, username }, headers: { 'sec-fetch-site': 'cross-site' } })
    }),
    limited('refreshes', 'refresh', async world => {
      let { refreshToken } = await world.person()
      return () => ({
        form: { grant_type: 'refresh_token', refresh_token: refreshToken },
        answered: json => {
          refreshToken = json.refresh_token ?? refreshToken
        }
      })
    }),
    limited('retries of a refresh', ['the first is recorded, and the last ends the login', 3], async world => {
      const { refreshToken } = await world.person()
      return () => ({ form: { grant_type: 'refresh_token', refresh_token: refreshToken } })
    }),
    writesNothing('forged refresh tokens', async () => () => ({
      form: { grant_type: 'refresh_token', refresh_token: forged }
    })),
    writesNothing('step-ups that are begun', async world => {
      const { refreshToken } = await world.person()
      return () => ({ form: { grant_type: 'refresh_token', refresh_token: refreshToken, max_age: '0' } })
    }),
    limited('logins of a client for itself', 'trusted', async world => {
      const { headers } = await world.client()
      return () => ({ form: { grant_type: 'client_credentials' }, headers })
    }),
    ...idTokenWays,
    wrongClient({ grant_type: 'client_credentials' }),
    limited('an authorization code', ['a code works once, and a second use ends its login', 2], async world => {
      const { username } = await world.person()
      const { authorization_code: code } = await world.begin({ username, password })
      return () => ({ form: { grant_type: 'authorization_code', code, code_verifier: world.verifier } })
    }),
    writesNothing('an authorization code with a wrong verifier', async world => {
      const { username } = await world.person()
      const { authorization_code: code } = await world.begin({ username, password })
      return () => ({ form: { grant_type: 'authorization_code', code, code_verifier: 'v'.repeat(43) } })
    })
  ],
  'POST /revoke': [
    ...revocations,
    limited('the token of a login', once, async world => {
      const { refreshToken } = await world.person()
      return () => ({ form: { token: refreshToken } })
    }),
    writesNothing('forged tokens', async () => () => ({ form: { token: forged } })),
    wrongClient({ token: forged })
  ],
  'POST /introspect': [
    wrongClient({ token: forged }),
    limited('wrong access tokens', 'credential', async () => () => ({ form: { token: forged }, token: forged })),
    writesNothing('no client', async () => () => ({ form: { token: forged } })),
    limited('a right client', nothing, async world => {
      const [{ headers }, { refreshToken }] = [await world.client(), await world.person()]
      return () => ({ form: { token: refreshToken }, headers })
    })
  ]
}
