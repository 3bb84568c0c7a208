import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { algorithms, type CoseKey, isUsableKey } from './cose-key.ts'
import type { RelyingParty } from './relying-party.ts'
import type { WebAuthn } from './webauthn.ts'

/** A credential that an authenticator has created. */
export interface NewCredential {
  credentialId: string
  /** The COSE key in base64url. */
  publicKey: string
  counter: number
  /** Whether the credential can be on several devices (backup eligibility, WebAuthn L3 §6.1.3). */
  synced: boolean
  backedUp: boolean
  isUserVerified: boolean
}

/** The longest credential id, in bytes (WebAuthn L3 §7.1 step 25). */
const maxIdBytes = 1023

/**
 * The credential of a registration for this `challenge` (WebAuthn L3 §7.1). Throws an Error when the response is not
 * valid; the message is in public words unless it has a cause. An attestation of the device is refused, because none
 * is requested: its certificates would make the server fetch the addresses in them.
 */
export async function verifyAttestation(
  webauthn: WebAuthn,
  response: RegistrationResponseJSON,
  challenge: string,
  { id, origins }: RelyingParty
): Promise<NewCredential> {
  const { fmt, alg, hasCertificates, key } = inspect(webauthn, response)
  if (hasCertificates || (fmt !== 'none' && fmt !== 'packed'))
    throw new Error('it has an attestation of the device, which this server does not request')
  if (!isUsableKey(key)) throw new Error('its public key is no valid key of the offered algorithms')
  // WebAuthn L3 §8.2: an attestation by the key itself has the algorithm of the key.
  if (fmt === 'packed' && alg !== key.get(3)) throw new Error('its attestation has another algorithm than its key')

  const { registrationInfo } = await attempt(() =>
    webauthn.verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origins,
      expectedRPID: id,
      requireUserVerification: false,
      supportedAlgorithmIDs: algorithms
    })
  )
  if (!registrationInfo) throw new Error('its attestation has a wrong signature')
  const { credential, credentialDeviceType, credentialBackedUp, userVerified } = registrationInfo
  const { length } = Buffer.from(credential.id, 'base64url')
  if (length < 1 || length > maxIdBytes) throw new Error(`its credential id has not 1 to ${maxIdBytes} bytes`)
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    synced: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp,
    isUserVerified: userVerified
  }
}

/** The parts of the attestation that are checked before the library sees it. */
function inspect(webauthn: WebAuthn, { response }: RegistrationResponseJSON) {
  try {
    const attestation = webauthn.decodeAttestationObject(Buffer.from(response.attestationObject, 'base64url'))
    const { credentialPublicKey } = webauthn.parseAuthenticatorData(attestation.get('authData'))
    return {
      fmt: attestation.get('fmt'),
      alg: attestation.get('attStmt').get('alg'),
      hasCertificates: attestation.get('attStmt').get('x5c') !== undefined,
      key: webauthn.decodeCredentialPublicKey(credentialPublicKey as Uint8Array<ArrayBuffer>) as unknown as CoseKey
    }
  } catch (cause) {
    throw new Error('its attestation object cannot be read', { cause })
  }
}

async function attempt<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify()
  } catch (cause) {
    throw new Error('its authenticator data are not those of a passkey that its user has just created here', { cause })
  }
}
