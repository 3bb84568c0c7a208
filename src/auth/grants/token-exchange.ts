import type { TokenForm } from '../../../routes/token.ts'
import { OAuthError } from '../../base/errors.ts'
import type { Grant } from './grant.ts'

/** The type of the tokens that an exchange issues (RFC 8693 §3). */
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'

/** Exchanges a subject token of one type. Throws `invalid_request` for one that is not valid (RFC 8693 §2.2.2). */
export type Exchange = Grant['run']

/**
 * The token exchange grant (RFC 8693). `exchanges` has a function for each subject token type. No type takes a token
 * for another party: there is no `actor_token`, and no access token of another server.
 */
export const createTokenExchangeGrant = (exchanges: Record<string, Exchange>): Grant => ({
  requires: ['subject_token', 'subject_token_type'],
  async run(form, request) {
    assertSupported(form)
    const type = String(form.subject_token_type)
    const exchange = Object.hasOwn(exchanges, type) ? exchanges[type] : undefined
    if (!exchange)
      throw new OAuthError('invalid_request', `subject_token_type must be ${Object.keys(exchanges).join(' or ')}.`)
    return { ...(await exchange(form, request)), issuedTokenType: accessToken }
  }
})

function assertSupported({ actor_token, actor_token_type, audience, requested_token_type }: TokenForm) {
  if (actor_token !== undefined || actor_token_type !== undefined)
    throw new OAuthError('invalid_request', 'This server accepts no actor_token.')
  if (audience !== undefined)
    throw new OAuthError('invalid_target', 'Send resource instead of audience: one of the protected_resources.')
  if (requested_token_type !== undefined && requested_token_type !== accessToken)
    throw new OAuthError('invalid_request', `requested_token_type must be ${accessToken}.`)
}
