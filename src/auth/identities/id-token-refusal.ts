import { OAuthError } from '../../errors.ts'

/** 400 for an ID token that is not valid (RFC 8693 §2.2.2). The description says which rule it breaks. */
export class IdTokenRefusal extends OAuthError {
  /** Whether the signature is right, so that the token is from the issuer. */
  readonly isSigned: boolean

  constructor(description: string, { isSigned = false, cause }: { isSigned?: boolean; cause?: unknown } = {}) {
    super('invalid_request', description, { cause })
    this.isSigned = isSigned
  }
}
