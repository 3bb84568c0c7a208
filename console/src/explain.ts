import { OAuthError, ProblemError } from 'sallyport/client'
import { texts } from './texts.ts'

/** The person closed the dialog that an action opened. */
export class Cancelled extends Error {}

/** What went wrong and what to do, for the person in front of the page. */
export function explain(error: unknown): string {
  const { errors } = texts
  if (error instanceof Cancelled) return errors.cancelled
  if (error instanceof OAuthError || error instanceof ProblemError) {
    const { status, message, retryAfter } = error
    if (status === 429) return errors.tooMany(retryAfter)
    if (status === 503) return errors.unavailable(retryAfter)
    if (error instanceof OAuthError) return error.description
    if (status === 401) return errors.signedOut
    if (status === 403) return errors.forbidden(message)
    return message || errors.unexpected(status)
  }
  if (error instanceof DOMException) {
    // What browsers say about passkeys (WebAuthn Level 3 §5.1.3, §5.1.4).
    if (error.name === 'InvalidStateError') return errors.passkeyExists
    if (error.name === 'NotAllowedError') return errors.passkeyUnused
  }
  // `fetch` rejects with a TypeError when there is no response.
  return error instanceof TypeError ? errors.offline : String(error)
}

/** What is wrong with each field of a form, by its name: the member of the body that the server refused. */
export function faultsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ProblemError)) return {}
  return Object.fromEntries(error.errors.map(({ pointer, detail }) => [pointer.slice(1), detail]))
}
