import { OAuthError } from '../../base/errors.ts'

/** 400 for an ID token that does not log in (RFC 8693 §2.2.2). The description says which rule it breaks. */
export class IdTokenRefusal extends OAuthError {
  /** Whether the signature is right, so that the token is from the issuer. */
  readonly isSigned: boolean
  /** The reason in the audit trail, which has one for each login that fails. */
  readonly reason: string
  /** The id of the account here, if there is one. */
  readonly subject: string | null

  constructor(
    description: string,
    {
      isSigned = false,
      reason = 'id token',
      subject = null,
      cause
    }: { isSigned?: boolean; reason?: string; subject?: string | null; cause?: unknown } = {}
  ) {
    super('invalid_request', description, { cause })
    this.isSigned = isSigned
    this.reason = reason
    this.subject = subject
  }
}
