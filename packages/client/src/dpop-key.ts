import { base64url } from './base64url.ts'

/** A key that signs DPoP proofs with ES256 (RFC 9449 §4.2), such as one in the keystore of a phone. */
export interface DpopKey {
  /** The public key on the curve P-256 as a JWK (RFC 7518 §6.2.1). */
  jwk: { x?: string; y?: string }
  /** Resolves to the 64 bytes of the signature: ECDSA with SHA-256, as `crypto.subtle.sign` makes it. */
  sign(data: Uint8Array<ArrayBuffer>): ArrayBuffer | Promise<ArrayBuffer>
}

/** A key and its thumbprint, which the server binds logins to (RFC 9449 §6.1). */
export interface BoundKey extends DpopKey {
  jkt: string
}

/** A pair of keys of WebCrypto. */
export interface KeyPair {
  publicKey: CryptoKey
  privateKey: CryptoKey
}

type CryptoKey = Parameters<typeof crypto.subtle.sign>[1]

/** Whether the platform can make keys. Pages with http and React Native cannot. */
export const canMakeKeys = () => globalThis.crypto?.subtle?.generateKey !== undefined

/** A new pair for ES256, whose private key cannot be read, only used. */
export const makeKeyPair = (): Promise<KeyPair> =>
  crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])

/** The pair as a key that signs. */
export const signerOf = async ({ publicKey, privateKey }: KeyPair): Promise<BoundKey> =>
  await withThumbprint({
    jwk: await crypto.subtle.exportKey('jwk', publicKey),
    sign: data => crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, data)
  })

/** The members of the public key, in the order of its thumbprint (RFC 7638 §3.2). */
export const publicJwk = ({ jwk: { x, y } }: DpopKey) => ({ crv: 'P-256', kty: 'EC', x, y })

/** The key with its thumbprint (RFC 7638). Rejects where the platform cannot hash. */
export const withThumbprint = async (key: DpopKey): Promise<BoundKey> => ({
  jwk: key.jwk,
  sign: data => key.sign(data),
  jkt: await hash(JSON.stringify(publicJwk(key)))
})

/** The SHA-256 of a text in base64url. */
export const hash = async (text: string) =>
  base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
