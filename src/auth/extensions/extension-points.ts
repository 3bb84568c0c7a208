import type { UserRow } from '../../store/users.ts'
import { describeUser } from '../users/user-description.ts'
import type { Extensions } from './extensions.ts'

export type ExtensionPoints = ReturnType<typeof createExtensionPoints>

/**
 * Claims that no extension may set. They are the subject, audience and lifetime of the token (RFC 7519 §4.1, RFC 9068
 * §2.2), and the claims that a resource server trusts as the issuer's word on how and on whose behalf a user logged in
 * (RFC 8693 §4, RFC 7800 §3.1).
 */
export const reservedClaims = new Set(
  'iss sub aud exp nbf iat jti client_id scope auth_time acr amr sid act may_act cnf azp nonce'.split(' ')
)

/** Runs `extensions`. `onFailure` is called with the failures that do not stop the request. */
export function createExtensionPoints(extensions: Extensions, onFailure: (error: unknown, hook: string) => void) {
  async function run<T>(hook: 'onUserCreated' | 'onLogin', event: T, extension: ((event: T) => unknown) | undefined) {
    try {
      await extension?.(event)
    } catch (error) {
      onFailure(error, hook)
    }
  }

  return {
    /**
     * The claims that the `claims` extension adds to an access token, as JSON represents them; `undefined` when there
     * is no such extension. Throws when the result is not an object, and when a claim is reserved.
     */
    async claims(user: UserRow | null, clientId: string, scope: string[]) {
      if (!extensions.claims) return undefined
      const given = await extensions.claims({
        user: user && describeUser(user),
        client_id: clientId,
        scope: [...scope]
      })
      // Checked as JSON: a `toJSON` method could return other claims than the object has.
      const claims: unknown = JSON.parse(JSON.stringify(given) ?? 'null')
      if (!isObject(claims)) throw new Error('claims gave something else than an object of claims')
      const wrong = Object.keys(claims).find(name => reservedClaims.has(name))
      if (wrong !== undefined) throw new Error(`claims gave ${wrong}, which is a claim of Sallyport's own`)
      return claims
    },

    userCreated: (user: UserRow) => run('onUserCreated', describeUser(user), extensions.onUserCreated),

    loggedIn: (user: UserRow, login: { clientId: string; scope: string[]; ip: string | null }) =>
      run(
        'onLogin',
        { user: describeUser(user), client_id: login.clientId, scope: [...login.scope], ip: login.ip },
        extensions.onLogin
      )
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
