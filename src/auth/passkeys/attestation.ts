import type { RegistrationResponseJSON } from '@simplewebauthn/server'
import { algorithms, type CoseKey, isUsableKey } from './cose-key.ts'
import { isDerSignature } from './der-signature.ts'
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
}

/** The expected site, and whether the user has to be verified. */
interface AttestationRules extends Pick<RelyingParty, 'id' | 'origins'> {
  mustVerify: boolean
}

/** The longest credential id, in bytes (WebAuthn L3 §7.1 step 25). */
const maxIdBytes = 1023

/**
 * The credential of a registration for this `challenge` (WebAuthn L3 §7.1). Throws an Error when the response is not
 * valid, when the user was not present (step 15), or was not verified and `mustVerify`; its message is in public words.
 */
export async function verifyAttestation(
  webauthn: WebAuthn,
  given: RegistrationResponseJSON,
  challenge: string,
  { id, origins, mustVerify }: AttestationRules
): Promise<NewCredential> {
  const { key, alg, sig, response } = inspect(webauthn, given)
  if (!isUsableKey(key)) throw new Error('its public key is not valid for any offered algorithm')
  // WebAuthn L3 §8.2: an attestation by the key itself has the algorithm of the key.
  if (alg !== undefined && alg !== key.get(3))
    throw new Error('its attestation uses a different algorithm than its key')
  if (sig instanceof Uint8Array && key.get(3) === -7 && !isDerSignature(sig))
    throw new Error('its attestation has a signature that is not DER')

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
  if (mustVerify && !registrationInfo.userVerified)
    throw new Error('an account without a password needs a passkey that verifies its user, by a PIN or a fingerprint')
  const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo
  const { length } = Buffer.from(credential.id, 'base64url')
  if (length < 1 || length > maxIdBytes) throw new Error(`its credential id must have 1 to ${maxIdBytes} bytes`)
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    synced: credentialDeviceType === 'multiDevice',
    backedUp: credentialBackedUp
  }
}

/**
 * The public key, the algorithm and signature of an attestation by this key, and the response without any other
 * attestation. None is requested, but not every client drops it (§5.1.3), and its certificates would make the library
 * fetch their addresses.
 */
function inspect(webauthn: WebAuthn, given: RegistrationResponseJSON) {
  try {
    const attestation = webauthn.decodeAttestationObject(Buffer.from(given.response.attestationObject, 'base64url'))
    const [fmt, attStmt, authData] = [attestation.get('fmt'), attestation.get('attStmt'), attestation.get('authData')]
    const isBySelf = fmt === 'packed' && attStmt.get('x5c') === undefined
    const { credentialPublicKey } = webauthn.parseAuthenticatorData(authData)
    return {
      key: webauthn.decodeCredentialPublicKey(credentialPublicKey as Uint8Array<ArrayBuffer>) as unknown as CoseKey,
      alg: isBySelf ? attStmt.get('alg') : undefined,
      sig: isBySelf ? attStmt.get('sig') : undefined,
      response: isBySelf || fmt === 'none' ? given : withoutAttestation(webauthn, given, authData)
    }
  } catch (cause) {
    throw new Error('its attestation object cannot be read', { cause })
  }
}

/** The same response with the attestation `none` (WebAuthn L3 §8.7). */
function withoutAttestation({ isoCBOR }: WebAuthn, given: RegistrationResponseJSON, authData: Uint8Array) {
  const none = new Map<string, Parameters<typeof isoCBOR.encode>[0]>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', authData]
  ])
  const attestationObject = Buffer.from(isoCBOR.encode(none)).toString('base64url')
  return { ...given, response: { ...given.response, attestationObject } }
}

async function attempt<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify()
  } catch (cause) {
    throw new Error('its authenticator data do not belong to this registration', { cause })
  }
}
