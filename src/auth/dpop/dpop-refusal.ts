/** The error codes of RFC 9449 §12.2. */
export type DpopErrorCode = 'invalid_dpop_proof' | 'use_dpop_nonce'

/** A proof that is refused. The message is public, and says which rule of RFC 9449 §4.3 the proof breaks. */
export class DpopRefusal extends Error {
  override name = 'DpopRefusal'
  readonly code: DpopErrorCode

  constructor(message: string, code: DpopErrorCode = 'invalid_dpop_proof') {
    super(message)
    this.code = code
  }
}
