import type { OAuthErrorCode, TokenScheme } from '../../errors.ts'
import type { Dpop } from '../dpop/dpop.ts'
import { DpopRefusal } from '../dpop/dpop-refusal.ts'
import type { AccessTokenClaims } from './access-token-claims.ts'
import type { PresentedToken } from './authorization.ts'

/** The part of a request that proves a key. */
export interface ProvedRequest {
  headers: Record<string, string | string[] | undefined>
  method: string
  /** The path, with its query. */
  url: string
}

/** The method and the public URL that the proof of a request has to be for. */
export type ProofTarget = (request: ProvedRequest) => { method: string; url: string }

/** Why a token is refused: the error of a 401, and the scheme of its challenge. */
export interface BindingFault {
  error: OAuthErrorCode
  detail: string
  scheme: TokenScheme
}

export type FindBindingFault = ReturnType<typeof createBindingCheck>

/**
 * Finds the fault of a token that is bound to a key, but comes without a proof of it for `target`, by default the path
 * below the issuer (RFC 9449 §7.1); of another one with the scheme DPoP; and of one that is not bound where `DPOP`
 * requires it. A personal access token, which has no client, is never bound. Throws only what `target` throws.
 */
export function createBindingCheck({
  config,
  dpop
}: {
  config: { issuer: string; dpop: 'off' | 'optional' | 'required' }
  dpop: Pick<Dpop, 'assertProof'>
}) {
  const ownTarget: ProofTarget = ({ method, url }) => ({ method, url: config.issuer + url })

  return (
    { cnf, client_id }: Pick<Partial<AccessTokenClaims>, 'cnf' | 'client_id'>,
    { scheme, token }: PresentedToken,
    request: ProvedRequest,
    target = ownTarget
  ): BindingFault | undefined => {
    if (cnf === undefined) {
      if (scheme === 'DPoP') return fault('The access token is not bound to a key. Send it as Bearer.', scheme)
      const mustBeBound = config.dpop === 'required' && client_id !== undefined
      return mustBeBound ? fault('The access token must be bound to a key.', 'DPoP') : undefined
    }
    if (config.dpop === 'off') return fault('The access token is bound to a key, which is not accepted here.', scheme)
    if (scheme === 'Bearer') return fault('The access token is bound to a key. Send it as DPoP.', 'DPoP')
    try {
      dpop.assertProof(
        { dpop: request.headers.dpop as string | undefined, ...target(request) },
        { token, jkt: cnf.jkt }
      )
      return undefined
    } catch (error) {
      if (!(error instanceof DpopRefusal)) throw error
      return { error: error.code, detail: error.message, scheme }
    }
  }
}

const fault = (detail: string, scheme: TokenScheme): BindingFault => ({ error: 'invalid_token', detail, scheme })
