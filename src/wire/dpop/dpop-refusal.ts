/** The error codes of RFC 9449 §12.2, and that for a token whose binding is not the one presented (§7.1). */
export type DpopErrorCode = 'invalid_dpop_proof' | 'use_dpop_nonce' | 'invalid_token'

/** A proof that is refused. The message is public, and says which rule of RFC 9449 §4.3 the proof breaks. */
export class DpopRefusal extends Error {
  override name = 'DpopRefusal'
  readonly code: DpopErrorCode

  constructor(message: string, code: DpopErrorCode = 'invalid_dpop_proof') {
    super(message)
    this.code = code
  }
}
