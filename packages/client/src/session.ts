import { claimsOf } from './claims.ts'
import { type Login, type LoginStore, type SignedIn, signedInBy } from './login-store.ts'

/** What a client knows of its user. */
export type Session = Readonly<
  | {
      /** Whether the storage has not been read yet. */
      isLoading: boolean
      isSignedIn: false
      user?: undefined
      claims?: undefined
    }
  | { isLoading: false; isSignedIn: true; user: Readonly<SignedIn>; claims: Claims }
>

/**
 * What the access token says, such as `sub` and `acr`, without what differs in each token: for display, because only an
 * API can verify it. Empty when the token is no JWT.
 */
export type Claims = Readonly<Record<string, unknown>>

const sessionOf = (isLoading: boolean, user?: SignedIn, claims?: Claims) =>
  Object.freeze({ isLoading, isSignedIn: user !== undefined, user, claims }) as Session

/** The session of a client that has not read its storage, as on a server that renders a page. */
export const loading = sessionOf(true)
const signedOut = sessionOf(false)

function signedIn(login: Login): Session {
  let claims: Claims = {}
  try {
    const { iat, exp, nbf, jti, ...lasting } = claimsOf(login.accessToken)
    claims = lasting
  } catch {
    // No JWT.
  }
  return sessionOf(false, Object.freeze(signedInBy(login)), Object.freeze(claims))
}

/** The session of the stored login, from its first use on. */
export function createSession({ observe }: Pick<LoginStore, 'observe'>) {
  const listeners = new Set<() => void>()
  let current = loading
  let isObserved = false

  function begin() {
    if (isObserved) return
    isObserved = true
    observe(signedIn, (session = signedOut) => {
      current = session
      for (const notify of listeners) notify()
    })
  }

  return {
    current() {
      begin()
      return current
    },
    subscribe(listener: () => void): () => void {
      begin()
      // A listener of its own, because the same function may be given twice.
      const notify = () => listener()
      listeners.add(notify)
      return () => void listeners.delete(notify)
    }
  }
}
