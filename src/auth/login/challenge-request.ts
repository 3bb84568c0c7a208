import type { ChallengeForm } from '../../../routes/authorize-challenge.ts'
import { OAuthError } from '../../base/errors.ts'
import type { Proof } from '../../wire/dpop/proof.ts'
import type { Client } from '../clients/clients.ts'
import type { RequestContext } from '../request-context.ts'
import type { AuthSession } from './auth-sessions.ts'
import { missingParameter } from './missing-parameter.ts'
import { invalidSession } from './steps.ts'

/**
 * The client that the request names. An auth session names its client, which then has to authenticate (§4.1, §5.1).
 */
export const clientIdOf = (
  { client_id }: ChallengeForm,
  { authorization }: RequestContext,
  authSession?: AuthSession
) => (client_id === undefined && authorization === undefined ? authSession?.clientId : client_id)

/** Throws `unauthorized_client` for a client that may not redeem codes. */
export function assertMayUseCodes({ grants }: Client) {
  if (!grants.includes('authorization_code'))
    throw new OAuthError('unauthorized_client', 'This client may not use grant_type=authorization_code.')
}

/** Throws `unsupported_response_type` for another type, and `invalid_request` if the first request has none. */
export function assertResponseType({ response_type, auth_session }: ChallengeForm) {
  if (response_type === undefined && auth_session === undefined) throw missingParameter('response_type', 'code')
  if (response_type !== undefined && response_type !== 'code')
    throw new OAuthError('unsupported_response_type', 'response_type must be code.')
}

/** The PKCE challenge. Throws `invalid_request` if it changes, or is missing for a public client. */
export function codeChallengeOf(
  { code_challenge }: ChallengeForm,
  authSession: AuthSession | undefined,
  client: Client
) {
  const known = authSession?.codeChallenge
  if (known !== undefined && code_challenge !== undefined && known !== code_challenge)
    throw new OAuthError('invalid_request', 'code_challenge is not the one of the auth_session.')
  const codeChallenge = known ?? code_challenge
  if (!client.confidential && codeChallenge === undefined)
    throw missingParameter('code_challenge', 'required of public clients')
  return codeChallenge
}

/**
 * The key of the login: that of its proofs, or the one that `dpop_jkt` names (RFC 9449 §10). Throws `invalid_session`
 * for an auth session of another key, and for one that had a proof when this request has none.
 */
export function keyOf({ dpop_jkt }: ChallengeForm, authSession: AuthSession | undefined, proof: Proof | undefined) {
  if (dpop_jkt !== undefined && !/^[\w-]{43}$/.test(dpop_jkt))
    throw new OAuthError('invalid_request', 'dpop_jkt must be the SHA-256 thumbprint of a JWK in base64url (RFC 7638).')
  if (dpop_jkt !== undefined && proof && proof.jkt !== dpop_jkt)
    throw new OAuthError('invalid_dpop_proof', 'The key of the proof is not that of dpop_jkt.')
  const jkt = proof?.jkt ?? dpop_jkt
  const isKeyOnlyNamed = proof === undefined && dpop_jkt !== undefined
  const former = authSession?.jkt === undefined ? undefined : authSession
  if (former && (former.jkt !== jkt || (isKeyOnlyNamed && !former.isKeyOnlyNamed))) throw invalidSession()
  return { jkt, isKeyOnlyNamed }
}
