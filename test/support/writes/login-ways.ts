import { password } from '../app.ts'
import { wrongPassword } from '../guess.ts'
import { provedWays } from './dpop-ways.ts'
import { idTokenWays } from './identity-ways.ts'
import { exchanges, revocations } from './token-ways.ts'
import { home, nothing, once, type Way, type Ways, writesNothing } from './world.ts'

const logIn = { grant_type: 'password', password }
const wrong = { grant_type: 'password', password: wrongPassword }
const wrongRecovery = 'AAAA-BBBB-CCCC-DDDD'
const forged = 'x'.repeat(64)
const refused = { scope: 'nothing:here' }

/** Wrong credentials of a client at an endpoint that counts them under `counter`. */
const wrongClient = (counter: 'client' | 'introspection', form: Record<string, string>): Way => ({
  name: 'a wrong client secret',
  one: counter,
  many: counter,
  ask: async world => {
    const { id } = await world.client()
    return () => ({ form: { ...form, client_id: id, client_secret: 'wrong' } })
  }
})

/** Ways to write at the OAuth endpoints. */
export const loginWays: Ways = {
  'POST /token': [
    ...exchanges,
    ...provedWays,
    {
      name: 'wrong passwords of an account',
      one: 'account',
      many: 'account',
      ask: async world => {
        const { username } = await world.person()
        return () => ({ form: { ...wrong, username } })
      }
    },
    {
      name: 'wrong passwords of an account from where it has logged in',
      from: home,
      one: 'known',
      ask: async world => {
        const { username } = await world.person()
        return () => ({ form: { ...wrong, username } })
      }
    },
    {
      name: 'wrong passwords of an account by its address',
      one: 'account',
      many: 'account',
      ask: async world => {
        const { email } = await world.person()
        return () => ({ form: { ...wrong, username: email } })
      }
    },
    {
      name: 'wrong passwords of names that no account has',
      one: 'prefix',
      many: 'prefix',
      ask: async world => index => ({
        form: { ...wrong, username: `${world.next('nobody')}${'n'.repeat(200)}${index}` }
      })
    },
    {
      name: 'right passwords',
      one: 'logins',
      many: 'logins',
      ask: async world => {
        const { username } = await world.person()
        return () => ({ form: { ...logIn, username } })
      }
    },
    {
      name: 'right passwords for a scope that is refused',
      one: 'logins',
      many: 'logins',
      ask: async world => {
        const { username } = await world.person()
        return () => ({ form: { ...logIn, ...refused, username } })
      }
    },
    {
      name: 'right passwords without the second factor',
      one: 'logins',
      many: 'logins',
      ask: async world => {
        const { username } = await world.enrolled()
        return () => ({ form: { ...logIn, username } })
      }
    },
    {
      name: 'right passwords with wrong codes',
      one: 'logins',
      many: 'logins',
      ask: async world => {
        const { username } = await world.enrolled()
        return () => ({ form: { ...logIn, username, otp: '000000' } })
      }
    },
    {
      name: 'right passwords with wrong recovery codes',
      one: 'logins',
      many: 'logins',
      ask: async world => {
        const { username } = await world.enrolled()
        return () => ({ form: { ...logIn, username, recovery_code: wrongRecovery } })
      }
    },
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
    {
      name: 'refreshes',
      one: 'refresh',
      many: 'refresh',
      ask: async world => {
        let { refreshToken } = await world.person()
        return () => ({
          form: { grant_type: 'refresh_token', refresh_token: refreshToken },
          answered: json => {
            refreshToken = json.refresh_token ?? refreshToken
          }
        })
      }
    },
    {
      name: 'retries of a refresh',
      one: ['the first is recorded, and the last ends the login', 3],
      many: ['the first is recorded, and the last ends the login', 3],
      ask: async world => {
        const { refreshToken } = await world.person()
        return () => ({ form: { grant_type: 'refresh_token', refresh_token: refreshToken } })
      }
    },
    writesNothing('forged refresh tokens', async () => () => ({
      form: { grant_type: 'refresh_token', refresh_token: forged }
    })),
    writesNothing('step-ups that are begun', async world => {
      const { refreshToken } = await world.person()
      return () => ({ form: { grant_type: 'refresh_token', refresh_token: refreshToken, max_age: '0' } })
    }),
    {
      name: 'logins of a client for itself',
      one: 'client-logins',
      many: 'client-logins',
      ask: async world => {
        const { headers } = await world.client()
        return () => ({ form: { grant_type: 'client_credentials' }, headers })
      }
    },
    ...idTokenWays,
    wrongClient('client', { grant_type: 'client_credentials' }),
    {
      name: 'an authorization code',
      one: ['a code works once, and a second use ends its login', 2],
      many: ['a code works once, and a second use ends its login', 2],
      ask: async world => {
        const { username } = await world.person()
        const { authorization_code: code } = await world.begin({ username, password })
        return () => ({ form: { grant_type: 'authorization_code', code, code_verifier: world.verifier } })
      }
    },
    writesNothing('an authorization code with a wrong verifier', async world => {
      const { username } = await world.person()
      const { authorization_code: code } = await world.begin({ username, password })
      return () => ({ form: { grant_type: 'authorization_code', code, code_verifier: 'v'.repeat(43) } })
    })
  ],
  'POST /revoke': [
    ...revocations,
    {
      name: 'the token of a login',
      one: once,
      many: once,
      ask: async world => {
        const { refreshToken } = await world.person()
        return () => ({ form: { token: refreshToken } })
      }
    },
    writesNothing('forged tokens', async () => () => ({ form: { token: forged } })),
    wrongClient('client', { token: forged })
  ],
  'POST /introspect': [
    wrongClient('introspection', { token: forged }),
    {
      name: 'wrong access tokens',
      one: 'introspection',
      many: 'introspection',
      ask: async () => () => ({ form: { token: forged }, token: forged })
    },
    writesNothing('no client', async () => () => ({ form: { token: forged } })),
    {
      name: 'a right client',
      one: nothing,
      many: nothing,
      ask: async world => {
        const [{ headers }, { refreshToken }] = [await world.client(), await world.person()]
        return () => ({ form: { token: refreshToken }, headers })
      }
    }
  ]
}
