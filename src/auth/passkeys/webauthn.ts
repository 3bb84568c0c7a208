/** The parts of the library that verify responses of authenticators. */
export type WebAuthn = Pick<
  typeof import('@simplewebauthn/server'),
  'verifyRegistrationResponse' | 'verifyAuthenticationResponse'
> &
  Pick<
    typeof import('@simplewebauthn/server/helpers'),
    'decodeAttestationObject' | 'parseAuthenticatorData' | 'decodeCredentialPublicKey' | 'isoCBOR'
  >

/** Loads the library when it is first used. */
export type LoadWebAuthn = () => Promise<WebAuthn>
