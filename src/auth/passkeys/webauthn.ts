/** The parts of the library that verify responses of authenticators. */
export type WebAuthn = Pick<
  typeof import('@simplewebauthn/server'),
  'verifyRegistrationResponse' | 'verifyAuthenticationResponse'
> &
  Pick<
    typeof import('@simplewebauthn/server/helpers'),
    'decodeAttestationObject' | 'parseAuthenticatorData' | 'decodeCredentialPublicKey' | 'isoCBOR'
  >

/** Loads the library. Rejects when it is not installed. */
export type LoadWebAuthn = () => Promise<WebAuthn>

/** Loads the library when it is first used, because that takes time, and many processes never use it. */
export const loadWebAuthn: LoadWebAuthn = async () => ({
  ...(await import('@simplewebauthn/server')),
  ...(await import('@simplewebauthn/server/helpers'))
})
