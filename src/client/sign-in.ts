import { bytesOf } from './base64url.ts'
import type { Credentials, Endpoints, PasskeyCredentials, Tokens } from './endpoints.ts'
import { type Login, loginOf } from './login-store.ts'
import { OAuthError } from './oauth-error.ts'
import { canHash, createPkce, type Pkce } from './pkce.ts'
import { untilProved } from './second-factor.ts'

/** Logs in at the server; the login is not stored yet. */
export function createSignIn(endpoints: Endpoints) {
  /** The login of the tokens that `request` asks for. */
  async function loginFrom(request: () => Promise<Tokens>, username?: string): Promise<Login> {
    const askedAt = Date.now()
    const tokens = await request()
    return loginOf(username ?? usernameIn(tokens.access_token), askedAt, tokens)
  }

  async function withPassword(credentials: Credentials): Promise<Login> {
    const logIn = (presented?: Record<string, string>) =>
      loginFrom(() => endpoints.logIn(credentials, presented), credentials.username)
    let pkce: Pkce | undefined

    async function prove(authSession: string, presented: Record<string, string>): Promise<Login> {
      // Without a hash, a code goes to the token endpoint, together with the password.
      if (!canHash() && !presented.passkey) return await logIn(presented)
      pkce ??= await createPkce()
      try {
        const code = await endpoints.authorize({ ...presented, auth_session: authSession }, pkce)
        return await loginFrom(() => endpoints.redeem(code), credentials.username)
      } catch (error) {
        // The client may have been registered without `authorization_code`.
        if (isUnauthorized(error) && !presented.passkey) return await logIn(presented)
        throw error
      }
    }

    return await untilProved(logIn, prove, credentials.secondFactor)
  }

  async function withPasskey({ passkey, scope = '' }: PasskeyCredentials): Promise<Login> {
    const pkce = await createPkce()
    const attempt = async (form: Record<string, string>) => {
      const code = await endpoints.authorize(form, pkce)
      return await loginFrom(() => endpoints.redeem(code))
    }
    return await untilProved(
      () => attempt({ response_type: 'code', scope }),
      (authSession, presented) => attempt({ ...presented, auth_session: authSession }),
      // A passkey that was refused would be refused again.
      async ({ passkey: options, refused }) => (options && !refused ? { passkey: await passkey(options) } : undefined)
    )
  }

  return (credentials: Credentials | PasskeyCredentials) =>
    'passkey' in credentials ? withPasskey(credentials) : withPassword(credentials)
}

const isUnauthorized = (error: unknown) => error instanceof OAuthError && error.error === 'unauthorized_client'

/** The name of the user in an access token, which a login without a username does not know otherwise. */
function usernameIn(accessToken: string): string {
  const [, claims = ''] = accessToken.split('.')
  return String(JSON.parse(new TextDecoder().decode(bytesOf(claims))).preferred_username)
}
