import { canAutofill } from './capabilities.ts'
import { inBackground, isReplaced, whenIdle } from './ceremonies.ts'
import type { PasskeyCredentials } from './endpoints.ts'
import type { Login, SignedIn } from './login-store.ts'
import { OAuthError } from './oauth-error.ts'
import { usePasskey } from './passkey.ts'

/** The parameters of a login that the browser offers in the autofill of a field. */
export interface Autofill extends Pick<PasskeyCredentials, 'scope'> {
  /** Ends the offer. */
  signal?: AbortSignal | undefined
}

/** A challenge is replaced after this time. The server accepts it for ten minutes. */
const renewMs = 9 * 60_000

/** A timer stands still while the computer sleeps, and the challenge expires then too, so the clock is read often. */
const lookMs = 10_000

/** Offers passkeys in the autofill of the page's field with `autocomplete="username webauthn"`. */
export function createAutofill(deps: {
  logIn: (credentials: PasskeyCredentials) => Promise<Login>
  keep: (login: Login) => Promise<SignedIn>
  signedIn: () => Promise<SignedIn | undefined>
}) {
  const { logIn, keep, signedIn } = deps

  return async function autofill({ signal, ...more }: Autofill = {}): Promise<SignedIn | undefined> {
    if (!(await canAutofill())) return undefined
    for (;;) {
      await whenIdle()
      if (signal?.aborted || (await signedIn())) return undefined
      const round = inBackground()
      signal?.addEventListener('abort', () => round.abort(), { signal: round.signal })
      const begunAt = Date.now()
      const timer = setInterval(() => Date.now() - begunAt < renewMs || round.abort(), lookMs)
      let isPicked = false
      try {
        const login = await logIn({
          ...more,
          async passkey(options) {
            const response = await usePasskey(options, { mediation: 'conditional', signal: round.signal })
            isPicked = true
            return response
          }
        })
        return await keep(login)
      } catch (error) {
        if (isPicked) throw error
        // Aborted to be renewed, or for a login or a dialog, which may end without a login. Everything else, such as a
        // server without passkeys, would be the same in the next round.
        if (!round.signal.aborted || isReplaced(round) || error instanceof OAuthError) return undefined
      } finally {
        clearInterval(timer)
      }
    }
  }
}
