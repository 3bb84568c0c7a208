import type { TokenScheme } from '../authenticate-header.ts'
import { type DpopErrorCode, DpopRefusal } from './dpop-refusal.ts'
import type { BoundToken } from './proof.ts'

/** Why a token is refused: the error of a 401, and the scheme of its challenge. */
export interface BindingFault {
  error: DpopErrorCode
  detail: string
  scheme: TokenScheme
}

/**
 * Why a token is refused (RFC 9449 §7.1): it is bound (`cnf`) but was sent without a proof, or unbound but sent as DPoP.
 * `prove` reads the proof, and is missing where proofs cannot be checked. Throws its errors, except a DpopRefusal.
 */
export function bindingFault(
  { cnf, scheme, token }: { cnf: { jkt: string } | undefined; scheme: TokenScheme; token: string },
  prove: ((bound: BoundToken) => unknown) | undefined
): BindingFault | undefined {
  if (cnf === undefined)
    return scheme === 'DPoP' ? fault('The access token is not bound to a key. Send it as Bearer.', scheme) : undefined
  if (!prove) return fault('The access token is bound to a key, which is not accepted here.', scheme)
  if (scheme === 'Bearer') return fault('The access token is bound to a key. Send it as DPoP.', 'DPoP')
  try {
    prove({ token, jkt: cnf.jkt })
    return undefined
  } catch (error) {
    if (!(error instanceof DpopRefusal)) throw error
    return { error: error.code, detail: error.message, scheme }
  }
}

const fault = (detail: string, scheme: TokenScheme): BindingFault => ({ error: 'invalid_token', detail, scheme })
