import { challengeError } from './challenge.ts'
import type { BoundKey } from './dpop-key.ts'
import type { DpopKeys } from './dpop-keys.ts'
import type { SendProved } from './dpop-proof.ts'
import { errorOf, type OAuthError } from './oauth-error.ts'
import type { PasskeyRequest } from './passkey.ts'
import type { Pkce } from './pkce.ts'
import { problemOf } from './problem-error.ts'
import type { SecondFactor } from './second-factor.ts'

export type Endpoints = ReturnType<typeof createEndpoints>

/**
 * The response of `/token` (RFC 6749 §5.1). Times are in seconds, also the one until the login ends
 * (draft-ietf-oauth-refresh-token-expiration §6.1).
 */
export interface Tokens {
  access_token: string
  token_type: string
  expires_in: number
  refresh_token?: string
  scope: string
  authorization_expires_in?: number
  /** The thumbprint of the key that the tokens are bound to. */
  jkt: string | undefined
}

/**
 * The parameters of a login. Without `scope`, it requests all scopes that the user may have, except those that
 * administer the server.
 */
export interface Credentials {
  /** The username, or the verified e-mail address. */
  username: string
  password: string
  /** Scopes, separated by spaces. */
  scope?: string | undefined
  /** Asks the user for a second factor when the account has one. Without it, the login is refused then. */
  secondFactor?: SecondFactor | undefined
}

/** The parameters of a login with a passkey alone. */
export interface PasskeyCredentials {
  /** Asks the user for the passkey, and resolves to its response as JSON, as `getPasskey` does. */
  passkey: (options: PasskeyRequest) => object | Promise<object>
  /** As in `Credentials`. */
  scope?: string | undefined
}

/**
 * The parameters of a login with a code that the server mails, where it has `EMAIL_CODES=on`. `username` is the
 * username or the verified address.
 */
export interface EmailCodeCredentials {
  username: string
  /**
   * Asks the user for the code. It is called again when the code was refused, and when it has expired and the server
   * has mailed another one: `refused` says why. Without an answer, the login is cancelled.
   */
  emailCode: (asked: { refused: OAuthError | undefined }) => string | undefined | Promise<string | undefined>
  /** As in `Credentials`. */
  scope?: string | undefined
  /** As in `Credentials`. It is asked after the code. */
  secondFactor?: SecondFactor | undefined
}

/** The parameters of a login with an ID token of an issuer in `IDENTITY_PROVIDERS`, such as Google. */
export interface IdTokenCredentials {
  /** The ID token as its issuer made it, a JWT. It logs in once. */
  idToken: string
  /** The nonce that the ID token was requested with, or the one whose SHA-256 it was requested with. */
  nonce?: string | undefined
  /** As in `Credentials`. */
  scope?: string | undefined
  /** As in `Credentials`. */
  secondFactor?: SecondFactor | undefined
}

/** An authorization code and the verifier that redeems it. */
export interface Code {
  code: string
  code_verifier: string
}

/** A new password, and the current one. */
export interface PasswordChange {
  currentPassword: string
  newPassword: string
}

/** Timeout of a response while other callers may be waiting, in milliseconds. */
const patienceMs = 8000

/**
 * Timeout of a password change, in milliseconds: the server hashes two passwords, and may queue each. Refreshes wait
 * for the change.
 */
const changePatienceMs = 30_000

/** Whose key proves a request: that of the login that is bound to `jkt`, or that of new logins. */
interface ProvedBy {
  jkt?: string | undefined
  signal?: AbortSignal
}

/** The endpoints of the server at `url`. They reject with an OAuthError, or with the error of `fetch`. */
export function createEndpoints(deps: {
  url: string
  clientId: string
  fetch: typeof globalThis.fetch
  keys: DpopKeys
  prove: SendProved
}) {
  const { url, clientId, fetch, keys, prove } = deps

  async function post(path: string, form: Record<string, string>, init: RequestInit, key?: BoundKey) {
    // A parameter without a value counts as omitted (RFC 6749 §3.2).
    const body = new URLSearchParams({ ...form, client_id: clientId })
    async function send(headers?: Record<string, string>) {
      // A redirect would forward the password or the token.
      const sent = { method: 'POST', body, redirect: 'error', ...(headers && { headers }), ...init } as const
      const response = await fetch(url + path, sent)
      const answer: unknown = await response.json().catch(() => undefined)
      return { response, answer, error: (answer as { error?: unknown } | undefined)?.error }
    }
    return key ? await prove(key, { method: 'POST', url: url + path }, send) : await send()
  }

  async function token(form: Record<string, string>, { jkt, ...init }: ProvedBy = {}): Promise<Tokens> {
    const key = await keys.of(jkt, init.signal)
    const { response, answer } = await post('/token', form, init, key)
    if (!isTokens(response, answer)) throw errorOf(response, answer)
    return withKey(answer, key)
  }

  return {
    /** Changes the password. Rejects with a ProblemError instead. */
    async changePassword(
      { accessToken, jkt }: { accessToken: string; jkt?: string | undefined },
      { currentPassword, newPassword }: PasswordChange
    ): Promise<Tokens> {
      const [method, target] = ['PUT', `${url}/users/me/password`]
      const signal = AbortSignal.timeout(changePatienceMs)
      const body = JSON.stringify({ current_password: currentPassword, new_password: newPassword })
      async function send(tokenHeaders: Record<string, string>) {
        const headers = { 'Content-Type': 'application/json', ...tokenHeaders }
        const response = await fetch(target, { method, headers, body, redirect: 'error', signal })
        return { response, error: challengeError(response) }
      }
      const key = jkt === undefined ? undefined : await keys.of(jkt, signal)
      const { response } = key
        ? await prove(key, { method, url: target, accessToken }, send)
        : await send({ Authorization: `Bearer ${accessToken}` })
      const answer: unknown = await response.json().catch(() => undefined)
      if (!isTokens(response, answer)) throw problemOf(response, answer)
      return withKey(answer, key)
    },

    /** The password grant (RFC 6749 §4.3), with a code of the user. */
    logIn: ({ username, password, scope = '' }: Credentials, presented?: Record<string, string>) =>
      token({ grant_type: 'password', username, password, scope, ...presented }),

    /** The token exchange grant with an ID token (RFC 8693 §2.1). */
    exchange: ({ idToken, nonce = '', scope = '' }: IdTokenCredentials) =>
      token({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: idToken,
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        nonce,
        scope
      }),

    /**
     * A request to the authorization challenge endpoint (draft-ietf-oauth-first-party-apps §5.1), to begin a login or
     * to raise the one that is bound to `jkt`.
     */
    async authorize(form: Record<string, string>, { verifier, challenge }: Pkce, jkt?: string): Promise<Code> {
      const key = await keys.of(jkt)
      const { response, answer } = await post('/authorize-challenge', { ...form, ...challenge }, {}, key)
      const code = (answer as { authorization_code?: unknown } | undefined)?.authorization_code
      if (!response.ok || typeof code !== 'string') throw errorOf(response, answer)
      return { code, code_verifier: verifier }
    },

    /** The authorization code grant (RFC 6749 §4.1.3, RFC 7636 §4.5). */
    redeem: (code: Code, jkt?: string) => token({ grant_type: 'authorization_code', ...code }, { jkt }),

    /**
     * The refresh grant (RFC 6749 §6), with further parameters: for a token of one API (RFC 8707 §2.2), or for a login
     * that was raised (RFC 9470 §4). A login that is not bound is bound by it (RFC 9449 §5).
     */
    refresh: (refreshToken: string, jkt: string | undefined, asked?: Record<string, string>) =>
      token(
        { grant_type: 'refresh_token', refresh_token: refreshToken, ...asked },
        { jkt, signal: AbortSignal.timeout(patienceMs) }
      ),

    /** Ends the login of this token (RFC 7009), even if the page is closed before the response. */
    async revoke(token: string): Promise<void> {
      const init = { signal: AbortSignal.timeout(patienceMs), keepalive: true }
      const { response, answer } = await post('/revoke', { token }, init)
      if (!response.ok) throw errorOf(response, answer)
    }
  }
}

/** The tokens with the thumbprint of their key. A server that does not know DPoP ignores a proof. */
const withKey = (tokens: Tokens, key: BoundKey | undefined): Tokens => ({
  ...tokens,
  jkt: /^dpop$/i.test(tokens.token_type) ? key?.jkt : undefined
})

const isTokens = ({ ok }: Response, answer: unknown): answer is Tokens =>
  ok && typeof (answer as Tokens | undefined)?.access_token === 'string'
