import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { type Cbor, encodeCbor } from './cbor.ts'

/** The options of a ceremony, as far as an authenticator reads them. */
export interface CreationOptions {
  rp: { id: string }
  user: { id: string }
  challenge: string
}
export interface RequestOptions {
  rpId?: string
  challenge: string
}

/** What an authenticator and its client say instead of the truth. */
export interface Faults {
  type?: string
  origin?: string
  challenge?: string
  crossOrigin?: boolean
  topOrigin?: string
  /** The whole client data. */
  clientData?: string
  rpId?: string
  isUserPresent?: boolean
  isUserVerified?: boolean
  isBackupEligible?: boolean
  isBackedUp?: boolean
  counter?: number
  userHandle?: string
  /** Another signature. */
  signature?: Buffer
  /** The credential id in the authenticator data of a registration. */
  credentialId?: Buffer
  /** The COSE key of a registration. */
  publicKey?: Map<number, Cbor>
  /** Bytes after the authenticator data. */
  trailing?: Buffer
  fmt?: string
  attStmt?: Map<string, Cbor>
  /** The whole attestation object. */
  attestationObject?: Buffer
}

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest()
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

/** One pair for all RSA keys, because a new one takes a tenth of a second. */
let rsa: ReturnType<typeof generateKeyPairSync> | undefined

function rsaKeys() {
  rsa ??= generateKeyPairSync('rsa', { modulusLength: 2048 })
  return rsa
}

/** A key pair, and its COSE key (RFC 9052 §7). */
function generateKey(algorithm: Algorithm): { privateKey: KeyObject; cose: Map<number, Cbor> } {
  const { privateKey, publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : algorithm === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : rsaKeys()
  const { x = '', y = '', n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  const cose = {
    ES256: [2, -7, 1, bytes(x), bytes(y)],
    EdDSA: [1, -8, 6, bytes(x)],
    RS256: [3, -257, bytes(n), bytes(e)]
  }[algorithm]
  return { privateKey, cose: new Map(cose.map((value, at) => [[1, 3, -1, -2, -3][at] as number, value])) }
}

export type Authenticator = ReturnType<typeof createAuthenticator>

/**
 * An authenticator with one passkey, and its client (WebAuthn L3 §6): it verifies its user, counts, and does what the
 * faults of a call say.
 */
export function createAuthenticator({
  algorithm = 'ES256' as Algorithm,
  origin = 'https://example.com',
  synced = false,
  counts = true
} = {}) {
  const { privateKey, cose } = generateKey(algorithm)
  const credentialId = randomBytes(32)
  const hash = algorithm === 'EdDSA' ? null : 'sha256'
  let counter = 0
  let userHandle = ''

  const clientData = (type: string, challenge: string, faults: Faults) =>
    Buffer.from(
      faults.clientData ??
        JSON.stringify({
          type: faults.type ?? type,
          challenge: faults.challenge ?? challenge,
          origin: faults.origin ?? origin,
          crossOrigin: faults.crossOrigin ?? false,
          topOrigin: faults.topOrigin
        })
    )

  /** The authenticator data (WebAuthn L3 §6.1). */
  function authenticatorData(rpId: string, faults: Faults, attested: Buffer = Buffer.alloc(0)) {
    const flags =
      (faults.isUserPresent === false ? 0 : 0x01) |
      (faults.isUserVerified === false ? 0 : 0x04) |
      ((faults.isBackupEligible ?? synced) ? 0x08 : 0) |
      ((faults.isBackedUp ?? synced) ? 0x10 : 0) |
      (attested.length > 0 ? 0x40 : 0)
    if (counts) counter++
    const count = Buffer.alloc(4)
    count.writeUInt32BE(faults.counter ?? counter)
    const trailing = faults.trailing ?? Buffer.alloc(0)
    return Buffer.concat([sha256(faults.rpId ?? rpId), Buffer.from([flags]), count, attested, trailing])
  }

  const signed = (data: Buffer, client: Buffer) => sign(hash, Buffer.concat([data, sha256(client)]), privateKey)

  return {
    cose,
    credentialId,

    /** A registration, with the attestation `none` unless a fault says another. */
    create(options: CreationOptions, faults: Faults = {}) {
      userHandle = options.user.id
      const client = clientData('webauthn.create', options.challenge, faults)
      const id = faults.credentialId ?? credentialId
      const length = Buffer.from([id.length >> 8, id.length & 0xff])
      const key = encodeCbor(faults.publicKey ?? cose)
      const data = authenticatorData(options.rp.id, faults, Buffer.concat([Buffer.alloc(16), length, id, key]))
      const own = new Map<string, Cbor>([
        ['alg', cose.get(3) as number],
        ['sig', faults.signature ?? signed(data, client)]
      ])
      const attStmt = faults.attStmt ?? (faults.fmt === 'packed' ? own : new Map())
      const attestation = new Map<string, Cbor>([
        ['fmt', faults.fmt ?? 'none'],
        ['attStmt', attStmt],
        ['authData', data]
      ])
      return {
        id: base64url(id),
        rawId: base64url(id),
        type: 'public-key' as const,
        authenticatorAttachment: 'platform' as const,
        response: {
          clientDataJSON: base64url(client),
          attestationObject: base64url(faults.attestationObject ?? encodeCbor(attestation)),
          transports: ['internal']
        },
        clientExtensionResults: {}
      }
    },

    /** An assertion for a login. */
    get(options: RequestOptions, faults: Faults = {}) {
      const client = clientData('webauthn.get', options.challenge, faults)
      const data = authenticatorData(options.rpId ?? '', faults)
      return {
        id: base64url(credentialId),
        rawId: base64url(credentialId),
        type: 'public-key' as const,
        authenticatorAttachment: 'platform' as const,
        response: {
          clientDataJSON: base64url(client),
          authenticatorData: base64url(data),
          signature: base64url(faults.signature ?? signed(data, client)),
          userHandle: faults.userHandle ?? userHandle
        },
        clientExtensionResults: {}
      }
    }
  }
}
