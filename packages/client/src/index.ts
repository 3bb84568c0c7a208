import type { StepUp } from './asked-login.ts'
import { createAuthorizedFetch } from './authorized-fetch.ts'
import { type Autofill, createAutofill } from './autofill.ts'
import { inForeground } from './ceremonies.ts'
import type { DpopKey } from './dpop-key.ts'
import { createDpopKeys } from './dpop-keys.ts'
import { createProver } from './dpop-proof.ts'
import { createDpopSupport } from './dpop-support.ts'
import {
  type Credentials,
  createEndpoints,
  type EmailCodeCredentials,
  type IdTokenCredentials,
  type PasskeyCredentials,
  type PasswordChange
} from './endpoints.ts'
import { sharedLock } from './lock.ts'
import { createLoginStore, type Login, type SignedIn, signedInBy } from './login-store.ts'
import { type AddedPasskey, createPasskeyAddition, type NewPasskey } from './passkey-addition.ts'
import { createPasswordChange } from './password-change.ts'
import { createRefresh } from './refresh.ts'
import { createSession, type Session } from './session.ts'
import { createSignIn } from './sign-in.ts'
import { createStepUp } from './step-up.ts'
import { memoryStorage, type TokenStorage } from './storage.ts'
import { createTokenSender } from './token-scheme.ts'
import { createTokenSources } from './token-sources.ts'

export { type AskedLogin, type StepUp, stepUpAsked } from './asked-login.ts'
export type { Autofill } from './autofill.ts'
export type { DpopKey } from './dpop-key.ts'
export type {
  Credentials,
  EmailCodeCredentials,
  IdTokenCredentials,
  PasskeyCredentials,
  PasswordChange
} from './endpoints.ts'
export type { SignedIn } from './login-store.ts'
export { type Challenge, OAuthError } from './oauth-error.ts'
export { createPasskey, getPasskey, type PasskeyCreation, type PasskeyRequest } from './passkey.ts'
export type { AddedPasskey, NewPasskey } from './passkey-addition.ts'
export { type PasskeySignals, signalPasskeys } from './passkey-signals.ts'
export type { ProblemCode } from './problem-code.ts'
export { ProblemError } from './problem-error.ts'
export type { FactorAnswer, SecondFactor } from './second-factor.ts'
export type { Claims, Session } from './session.ts'
export { type TokenStorage, type WebStorage, webStorage } from './storage.ts'

/** The options of a client. Only `url` is required. */
export interface ClientOptions {
  /** The server's issuer, such as `https://auth.example.com`. */
  url: string
  /** The id of a registered public client. Defaults to the server's built-in client. */
  clientId?: string | undefined
  /** Stores the login. Defaults to memory. */
  storage?: TokenStorage | undefined
  /** Sends every request. Defaults to the global `fetch` at the time of the call. */
  fetch?: typeof globalThis.fetch | undefined
  /** Origins that receive the access token in addition to the server's own, such as `https://api.example.com`. */
  origins?: string[] | undefined
  /**
   * Binds logins to a key, so that the tokens are useless without it (DPoP, RFC 9449). By default, the client makes a
   * key that no script can read, if the server binds logins, the storage says where to keep a key, and the platform
   * has `crypto.subtle`; otherwise logins are not bound. A DpopKey is used in its place, with any storage. `false`:
   * new logins are not bound.
   *
   * A bound access token goes to the server with a proof, and to other APIs as a bearer token until they ask for the
   * scheme DPoP. `false` is for an API that refuses bearer tokens that are bound, and cannot check proofs.
   */
  dpop?: DpopKey | false | undefined
}

/** A client that holds one login at one server. */
export interface Client {
  /**
   * Logs in with a password, a code that the server mails or an ID token of another issuer, and a second factor if the
   * account has one, or with a passkey alone. Rejects with an OAuthError when the server refuses, with the error of
   * `fetch` when the server does not respond, and with the error of the storage, after ending the new login. The
   * OAuthError is `insufficient_authorization` when the mailed code or a second factor is missing, because there is no
   * `secondFactor` or the user did not answer, and when the passkey is refused; it is `invalid_request` when the server
   * mails no codes, and when it refuses the ID token, as for a second login with the same one.
   * A login that was stored before is ended on the server in the background, if the server can be reached. A passkey,
   * a mailed code, and a second factor after an ID token need `crypto.subtle`; where it is missing, the code of an
   * authenticator app is sent with the password again.
   */
  signIn(credentials: Credentials | PasskeyCredentials | EmailCodeCredentials | IdTokenCredentials): Promise<SignedIn>

  /**
   * Offers the user's passkeys in the autofill of the field with `autocomplete="username webauthn"`: call it when the
   * page to log in opens. Resolves to the user who has picked one; to `undefined` when a user is logged in, `signal`
   * aborts, any client of the page begins a newer offer, or the browser or the server cannot do it. Every other login
   * and every dialog of `getPasskey` and `createPasskey` aborts the offer, which comes back when no user is logged in
   * after that. Rejects as `signIn` does, after the user has picked a passkey: call it again then.
   */
  autofill(offer?: Autofill): Promise<SignedIn | undefined>

  /**
   * Raises the login of the logged-in user, without a new login: `secondFactor` is asked unless the login already
   * satisfies `acr` and `maxAge` (RFC 9470 §4). One step-up runs after the other. Resolves to `undefined` when no
   * user is logged in, or the login has no refresh token. Rejects with the OAuthError `insufficient_authorization` when
   * `secondFactor` does not answer, with every other refusal, with an Error where `crypto.subtle` is missing, and with
   * the error of `fetch`; the login is then kept.
   */
  stepUp(asked: StepUp): Promise<SignedIn | undefined>

  /**
   * Removes the login from the storage, and ends it on the server. Resolves to `false` when the server was unreachable
   * or refused, so that the login may still be live; otherwise to `true`, also when no user was logged in. Rejects with
   * the error of the storage, after the login has ended on the server.
   */
  signOut(): Promise<boolean>

  /**
   * Changes the password of the logged-in user. The server ends every login of the user and begins a new one for this
   * client, which replaces the stored login. Resolves to `undefined` when no user was logged in, or when the user has
   * logged out or in at the same time, so that the new login was ended. Rejects with a ProblemError when the server
   * refuses, and with the error of `fetch` when the server does not respond: then the password may have changed, and
   * the user has to log in with the new one.
   */
  changePassword(change: PasswordChange): Promise<SignedIn | undefined>

  /**
   * Lets the user create a passkey in the dialog of the browser, and adds it to the account. Every other login of the
   * user ends. `secondFactor` is asked when the server wants a recent login. Rejects with a ProblemError when the server
   * refuses: its `code` is `insufficient_user_authentication` when `secondFactor` is missing, `wrong_password`,
   * `not_found` when the server has no passkeys, and `missing_token` when no user is logged in. Rejects as
   * `createPasskey` and `stepUp` do, and with the error of `fetch`. Tells the browser of the account's passkeys, and to
   * delete one that the server has refused.
   */
  addPasskey(passkey: NewPasskey): Promise<AddedPasskey>

  /**
   * `fetch` with the access token, while a user is logged in. The token is replaced shortly before it expires; a
   * request waits for that only when the token has expired. When a token is rejected as `invalid_token`, it is replaced
   * once, and the request is sent again unless its `body` is a stream. Rejects before sending anything when the origin
   * of the URL may not receive the token, with an OAuthError or the error of `fetch` when no valid token can be
   * obtained, and with the error of IndexedDB when the key of a bound login cannot be read now; the login is then kept.
   */
  fetch: typeof globalThis.fetch

  /**
   * An access token that only the API `resource` accepts, so that the API cannot use it at the server or at another API
   * (RFC 8707). `resource` is one of the server's `RESOURCES`. The token is kept with the login until shortly before it
   * expires: call this for every request. Resolves to `undefined` when no user is logged in. Rejects with an
   * OAuthError, such as `invalid_target` for an unknown resource, with the error of `fetch`, and with the error of
   * IndexedDB when the key of a bound login cannot be read now; the login is then kept.
   */
  tokenFor(resource: string): Promise<string | undefined>

  /**
   * `fetch` with the token of `tokenFor(resource)`, for URLs of the origin of `resource` and of `origins`. It sends a
   * bound token with a proof where the API asks for it. Rejects as `fetch` and `tokenFor` do. Throws a TypeError when
   * `resource` is not a URI.
   */
  fetchFor(resource: string): typeof globalThis.fetch

  /** The logged-in user according to the storage, without a request to the server. */
  signedIn(): Promise<SignedIn | undefined>

  /**
   * Calls `listener` with the logged-in user, now and after every change in any tab, until the returned function is
   * called.
   */
  onChange(listener: (who: SignedIn | undefined) => void): () => void

  /**
   * What `onChange` would tell, to read at once: the same frozen object while nothing changes. It is loading until the
   * storage has been read, which the first use of `current` or `subscribe` begins.
   */
  readonly current: Session

  /** Calls `listener` after every change of `current`, in any tab, until the returned function is called. */
  subscribe(listener: () => void): () => void
}

/** Creates a client of the server at `url`. Throws a TypeError when a URL in the options has no scheme and host. */
export function createClient(options: ClientOptions): Client {
  const { clientId = '', storage = memoryStorage(), origins = [] } = options
  // Looked up at each call, because the global `fetch` may be replaced later.
  const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const url = options.url.replace(/\/$/, '')
  const key = `sallyport ${url} ${clientId}`
  const { dpop } = options
  const { prove, learn } = createProver()
  const keys = createDpopKeys({ dpop, storage, name: key, isSupported: createDpopSupport(url, fetch, learn) })
  const endpoints = createEndpoints({ url, clientId, fetch, keys, prove })
  const logins = createLoginStore(storage, key)
  const logIn = createSignIn(endpoints)
  /** Ends the login on the server. Resolves to whether it has certainly ended; never rejects. */
  const end = async (login: Login | undefined) =>
    !login ||
    endpoints.revoke(login.refreshToken ?? login.accessToken).then(
      () => true,
      () => false
    )
  const lock = sharedLock(storage, key)
  const { refresh, raise, tokenFor, exclusively } = createRefresh({ endpoints, logins, keys, lock, end })

  /** Stores a new login, and ends the one that was stored before. */
  async function keep(login: Login): Promise<SignedIn> {
    const former = await logins.write(login).catch(async error => {
      await end(login)
      throw error
    })
    // Otherwise the former login could not be ended any more. Not awaited, because the new login is valid either way.
    void end(former)
    return signedInBy(login)
  }

  const ownOrigins = [options.url, ...origins].map(originOf)
  const sources = createTokenSources({ logins, keys, refresh, tokenFor })
  const sendWithToken = createTokenSender({ url, fetch, keys, prove })
  const authorizedFetch = createAuthorizedFetch({
    fetch,
    origins: new Set(ownOrigins),
    source: sources.own,
    sendWithToken
  })

  const stepUp = createStepUp({ endpoints, logins, raise })
  const session = createSession(logins)

  return {
    signIn: credentials => inForeground(async () => keep(await logIn(credentials))),
    autofill: createAutofill({ logIn, keep, signedIn: logins.signedIn }),

    async signOut() {
      const login = await logins.read()
      const ended = end(login)
      const former = await logins.write(undefined).finally(() => ended)
      // A concurrent `signIn` may have stored another login, which has been removed too.
      const formerEnded = former?.accessToken === login?.accessToken || (await end(former))
      return (await ended) && formerEnded
    },

    stepUp,
    addPasskey: createPasskeyAddition({ url, fetch: authorizedFetch, stepUp }),
    changePassword: createPasswordChange({ endpoints, logins, refresh, exclusively, end }),
    fetch: authorizedFetch,
    tokenFor: resource => tokenFor(resource),
    fetchFor: resource =>
      createAuthorizedFetch({
        fetch,
        origins: new Set([...origins, resource].map(url => new URL(url).origin)),
        source: sources.forResource(resource),
        sendWithToken
      }),
    signedIn: logins.signedIn,
    onChange: listener => logins.observe(signedInBy, listener),
    get current() {
      return session.current()
    },
    subscribe: session.subscribe
  }
}

function originOf(url: string): string {
  if (!/^https?:\/\/./i.test(url))
    throw new TypeError(`Invalid URL "${url}": expected a URL such as https://auth.example.com.`)
  return new URL(url).origin
}
