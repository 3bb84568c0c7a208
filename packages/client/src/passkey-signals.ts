import { signal } from './capabilities.ts'

/** `signals` of `GET /users/me/passkeys`: what the browser should know of the account and its passkeys. */
export interface PasskeySignals {
  rpId: string
  /** The user handle. */
  userId: string
  name: string
  displayName: string
  /** The ids of all credentials of the account. */
  allAcceptedCredentialIds: string[]
}

/**
 * Tells the browser which passkeys the account has, so that it offers no others, and how it is called, so that the
 * passkeys have that name (WebAuthn Level 3 §5.1.10). Call it after each list of the passkeys, after a removal, and
 * after a change of the name. Does nothing where the browser takes no signals; never rejects.
 */
export async function signalPasskeys(signals: PasskeySignals): Promise<void> {
  const { rpId, userId, name, displayName, allAcceptedCredentialIds } = signals
  await signal('signalAllAcceptedCredentials', { rpId, userId, allAcceptedCredentialIds })
  await signal('signalCurrentUserDetails', { rpId, userId, name, displayName })
}

/**
 * Tells the browser that the server does not know a passkey, which it then deletes for good. Call it only when the
 * server has said so: a wrong signature, or a disabled account, says nothing about the passkey.
 */
export const signalUnknown = (rpId: string | undefined, passkey: object): Promise<void> =>
  signal('signalUnknownCredential', { rpId, credentialId: (passkey as { id?: string }).id })
