import { claimsOf } from './claims.ts'
import type {
  Credentials,
  EmailCodeCredentials,
  Endpoints,
  IdTokenCredentials,
  PasskeyCredentials,
  Tokens
} from './endpoints.ts'
import { type Login, loginOf } from './login-store.ts'
import { OAuthError } from './oauth-error.ts'
import { canHash, createPkce, type Pkce } from './pkce.ts'
import { untilProved } from './second-factor.ts'

/** Logs in at the server; the login is not stored yet. */
export function createSignIn(endpoints: Endpoints) {
  /**
   * The last login with a mailed code that was not finished. The next one sends its auth session along: past a limit
   * the server mails no other code, and the last one stays valid in that login only.
   */
  let unfinished: { key: string; pkce: Pkce; authSession: string } | undefined

  /** The login of the tokens that `request` asks for. */
  async function loginFrom(request: () => Promise<Tokens>, username?: string): Promise<Login> {
    const askedAt = Date.now()
    const tokens = await request()
    return loginOf(username ?? usernameIn(tokens.access_token), askedAt, tokens)
  }

  /** The login of the authorization code that `form` gets. */
  async function loginBy(form: Record<string, string>, pkce: Pkce, username?: string): Promise<Login> {
    const code = await endpoints.authorize(form, pkce)
    return await loginFrom(() => endpoints.redeem(code), username)
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
        return await loginBy({ ...presented, auth_session: authSession }, pkce, credentials.username)
      } catch (error) {
        // The client may have been registered without `authorization_code`.
        if (isError(error, 'unauthorized_client') && !presented.passkey) return await logIn(presented)
        throw error
      }
    }

    return await untilProved(logIn, prove, credentials.secondFactor)
  }

  async function withPasskey({ passkey, scope = '' }: PasskeyCredentials): Promise<Login> {
    const pkce = await createPkce()
    return await untilProved(
      () => loginBy({ response_type: 'code', scope }, pkce),
      (authSession, presented) => loginBy({ ...presented, auth_session: authSession }, pkce),
      // A passkey that was refused would be refused again.
      async ({ passkey: options, refused }) => (options && !refused ? { passkey: await passkey(options) } : undefined)
    )
  }

  async function withIdToken(credentials: IdTokenCredentials): Promise<Login> {
    let pkce: Pkce | undefined
    return await untilProved(
      () => loginFrom(() => endpoints.exchange(credentials)),
      async (authSession, presented) => {
        pkce ??= await createPkce()
        return await loginBy({ ...presented, auth_session: authSession }, pkce)
      },
      credentials.secondFactor
    )
  }

  async function withEmailCode({
    username,
    emailCode,
    scope = '',
    secondFactor
  }: EmailCodeCredentials): Promise<Login> {
    const key = `${username}\n${scope}`
    const begun = unfinished?.key === key ? unfinished : { key, pkce: await createPkce(), authSession: '' }
    unfinished = begun
    const attempt = (form: Record<string, string>) => loginBy(form, begun.pkce, username)
    const prove = (authSession: string, presented: Record<string, string>) =>
      attempt({ ...presented, auth_session: authSession })

    async function request(): Promise<Login> {
      const { authSession } = begun
      begun.authSession = ''
      const form = { response_type: 'code', username, factor: 'email_code', scope, auth_session: authSession }
      return await attempt(form).catch(error => {
        if (authSession && isError(error, 'invalid_session')) return request()
        throw error
      })
    }

    const withCode = () =>
      untilProved(request, prove, async ({ authSession, factors, refused }) => {
        if (!wantsEmailCode(factors)) return undefined
        begun.authSession = authSession
        const code = await emailCode({ refused })
        return code ? { email_code: code } : undefined
      })
    // A login that was cancelled at the code has no question about a second factor.
    const login = await untilProved(withCode, prove, asked =>
      wantsEmailCode(asked.factors) ? undefined : secondFactor?.(asked)
    )
    unfinished = undefined
    return login
  }

  return (credentials: Credentials | PasskeyCredentials | EmailCodeCredentials | IdTokenCredentials) => {
    if ('passkey' in credentials) return withPasskey(credentials)
    if ('idToken' in credentials) return withIdToken(credentials)
    return 'emailCode' in credentials ? withEmailCode(credentials) : withPassword(credentials)
  }
}

const wantsEmailCode = (factors: string[]) => factors.includes('email_code')

const isError = (error: unknown, code: string) => error instanceof OAuthError && error.error === code

/** The name of the user in an access token, which a login without a username does not know otherwise. */
const usernameIn = (accessToken: string) => String(claimsOf(accessToken).preferred_username)
