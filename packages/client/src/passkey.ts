import { base64url, bytesOf } from './base64url.ts'
import { inForeground } from './ceremonies.ts'

/** The options for the use of a passkey: PublicKeyCredentialRequestOptionsJSON (WebAuthn Level 3 §5.1). */
export interface PasskeyRequest {
  challenge: string
  rpId?: string
  timeout?: number
  userVerification?: string
  allowCredentials?: { id: string; type: string; transports?: string[] }[]
}

/** The options for a new passkey: PublicKeyCredentialCreationOptionsJSON (WebAuthn Level 3 §5.1). */
export interface PasskeyCreation {
  challenge: string
  rp?: { id?: string; name: string }
  user: { id: string; name: string; displayName: string }
  excludeCredentials?: { id: string; type: string; transports?: string[] }[]
}

/** Without a dialog: in the autofill of a field (WebAuthn Level 3 §5.1.4). */
interface Quietly {
  mediation: 'conditional'
  signal: AbortSignal
}

interface Credential {
  id: string
  rawId: ArrayBuffer
  type: string
  response: Record<string, unknown> & { getTransports?(): string[] }
  getClientExtensionResults(): object
  toJSON?(): object
}

/** Browsers before 2025 have no JSON methods, and some password managers return objects without them. */
interface Platform {
  navigator: {
    credentials: Record<'get' | 'create', (options: { publicKey: object } & Partial<Quietly>) => Promise<Credential>>
  }
  PublicKeyCredential: Partial<
    Record<'parseRequestOptionsFromJSON' | 'parseCreationOptionsFromJSON', (json: object) => object>
  >
}

/** Throws a `NotSupportedError`, as browsers name it, where there are no passkeys. */
export function assertPasskeys(): Platform {
  const platform = globalThis as unknown as Platform
  if (platform.PublicKeyCredential) return platform
  throw Object.assign(new Error('This browser has no passkeys here.'), {
    name: 'NotSupportedError'
  })
}

/**
 * Asks the user for a passkey, as the browser does it (`navigator.credentials.get`). Resolves to the response as JSON:
 * the `passkey` of a FactorAnswer. Rejects with the DOMException of the browser, such as `NotAllowedError` when the
 * user cancels, and with a `NotSupportedError` where there are no passkeys.
 */
export const getPasskey = (options: PasskeyRequest): Promise<object> => inForeground(() => usePasskey(options))

/** As `getPasskey`, and `quietly` without a dialog. */
export async function usePasskey(options: PasskeyRequest, quietly?: Quietly): Promise<object> {
  const { navigator, PublicKeyCredential } = assertPasskeys()
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON?.(options) ?? {
    ...options,
    challenge: bytesOf(options.challenge),
    allowCredentials: options.allowCredentials?.map(withBytes)
  }
  return jsonOf(await navigator.credentials.get({ publicKey, ...quietly }))
}

/**
 * Lets the user create a passkey (`navigator.credentials.create`) with the options of `/users/me/passkeys/options`.
 * Resolves to the `response` for `/users/me/passkeys`. Rejects with the DOMException of the browser, such as
 * `InvalidStateError` when the device has a passkey of the account.
 */
export const createPasskey = (options: PasskeyCreation): Promise<object> => inForeground(() => makePasskey(options))

async function makePasskey(options: PasskeyCreation): Promise<object> {
  const { navigator, PublicKeyCredential } = assertPasskeys()
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON?.(options) ?? {
    ...options,
    challenge: bytesOf(options.challenge),
    user: withBytes(options.user),
    excludeCredentials: options.excludeCredentials?.map(withBytes)
  }
  return jsonOf(await navigator.credentials.create({ publicKey }))
}

const withBytes = <T extends { id: string }>(value: T) => ({ ...value, id: bytesOf(value.id) })

function jsonOf(credential: Credential): object {
  if (credential.toJSON) return credential.toJSON()
  const { id, rawId, type, response } = credential
  const members = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
  const given = members.filter(member => response[member])
  return {
    id,
    rawId: base64url(rawId),
    type,
    response: {
      ...Object.fromEntries(given.map(member => [member, base64url(response[member] as ArrayBuffer)])),
      transports: response.getTransports?.()
    },
    clientExtensionResults: credential.getClientExtensionResults()
  }
}
