/**
 * The signature algorithms of DPoP proofs. All are asymmetric (RFC 9449 §4.3). `EdDSA` is Ed25519 here, for which RFC
 * 9864 has a name of its own.
 */
export const dpopAlgs = ['ES256', 'Ed25519', 'EdDSA', 'RS256'] as const
