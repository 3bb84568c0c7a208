import { stepUpAsked } from './asked-login.ts'
import { assertPasskeys, createPasskey, type PasskeyCreation } from './passkey.ts'
import { type PasskeySignals, signalPasskeys, signalUnknown } from './passkey-signals.ts'
import { ProblemError, problemOf } from './problem-error.ts'
import type { SecondFactor } from './second-factor.ts'
import type { createStepUp } from './step-up.ts'

/** A passkey to add. */
export interface NewPasskey {
  /** What the user calls it, such as "My phone": at most 64 characters. */
  name: string
  /** The password, which the first second factor of an account needs unless the login is recent. */
  currentPassword?: string | undefined
  /** Asks the user when the server wants a recent login, or one with two factors. Without it, the passkey is refused. */
  secondFactor?: SecondFactor | undefined
}

/** A passkey that was added. */
export interface AddedPasskey {
  id: string
  /** Only with the first second factor of an account. The server does not show them again. */
  recoveryCodes: string[] | undefined
}

/** The answer of the server. */
interface Added {
  passkey: { id: string }
  recovery_codes?: string[]
}

/** Adds a passkey to the account of the logged-in user. `fetch` sends the token. */
export function createPasskeyAddition(deps: {
  url: string
  fetch: typeof globalThis.fetch
  stepUp: ReturnType<typeof createStepUp>
}) {
  const { url, fetch, stepUp } = deps

  async function call<T>(path: string, body?: object, secondFactor?: SecondFactor): Promise<T> {
    const headers = { 'Content-Type': 'application/json' }
    const send = () =>
      fetch(`${url}/users/me/passkeys${path}`, body && { method: 'POST', headers, body: JSON.stringify(body) })
    let response = await send()
    const asked = stepUpAsked(response)
    if (asked && secondFactor && (await stepUp({ ...asked, secondFactor }))) response = await send()
    const answer: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw problemOf(response, answer)
    return answer as T
  }

  return async ({ name, currentPassword, secondFactor }: NewPasskey): Promise<AddedPasskey> => {
    assertPasskeys()
    const options = await call<PasskeyCreation>('/options', { current_password: currentPassword }, secondFactor)
    const response = await createPasskey(options)
    const added = await call<Added>('', { name, response }).catch(error => {
      // The authenticator has the passkey already.
      if (error instanceof ProblemError && error.status < 500) void signalUnknown(options.rp?.id, response)
      throw error
    })
    // Not awaited, because the passkey is added either way.
    call<{ signals: PasskeySignals }>('').then(
      ({ signals }) => signalPasskeys(signals),
      () => {}
    )
    return { id: added.passkey.id, recoveryCodes: added.recovery_codes }
  }
}
