import { OAuthError } from '../../base/errors.ts'
import { equalInConstantTime, sha256 } from '../../base/secrets.ts'

/** The form of an S256 challenge: SHA-256 in base64url (RFC 7636 §4.2). */
const challengeFormat = /^[A-Za-z0-9_-]{43}$/
/** The alphabet and length of a verifier (RFC 7636 §4.1). */
const verifierFormat = /^[A-Za-z0-9\-._~]{43,128}$/

/** The parameters of RFC 7636 §4.3. */
export interface CodeChallenge {
  code_challenge?: string | undefined
  code_challenge_method?: string | undefined
}

/** Throws `invalid_request` unless the challenge, if there is one, is an S256 challenge (RFC 7636 §4.4.1). */
export function assertCodeChallenge({ code_challenge, code_challenge_method }: CodeChallenge) {
  if (code_challenge === undefined && code_challenge_method === undefined) return
  // Without a method, the challenge would be `plain` (RFC 7636 §4.3).
  if (code_challenge_method !== 'S256') throw new OAuthError('invalid_request', 'code_challenge_method must be S256.')
  if (!challengeFormat.test(code_challenge ?? ''))
    throw new OAuthError('invalid_request', 'code_challenge must be the SHA-256 of the code_verifier in base64url.')
}

/**
 * Whether `verifier` proves `challenge` (RFC 7636 §4.6). A verifier without a challenge proves nothing: the challenge
 * may have been taken away (RFC 9700 §2.1.1).
 */
export const isProved = (challenge: string | undefined, verifier: string | undefined) =>
  challenge === undefined || verifier === undefined
    ? challenge === verifier
    : verifierFormat.test(verifier) && equalInConstantTime(sha256(verifier), challenge)
