import { OAuthError, ProblemError } from '@sallyport/client'
import { textFor, texts } from './texts.ts'

/** The person closed the dialog that an action opened. */
export class Cancelled extends Error {}

/** The message for the user about an error, with the next step. */
export function explain(error: unknown): string {
  const { errors } = texts
  if (error instanceof Cancelled) return errors.cancelled
  if (error instanceof OAuthError || error instanceof ProblemError) {
    const { status, message, retryAfter } = error
    if (status === 429) return errors.tooMany(retryAfter)
    if (status === 503) return errors.unavailable(retryAfter)
    if (error instanceof OAuthError) return said(texts.refusals, error.error, message)
    const sentence = said(texts.refusals, error.code, message)
    if (status === 401) return errors.signedOut
    if (status === 403 && error.code !== 'invalid_setup_link') return errors.forbidden(sentence)
    return sentence || errors.unexpected(status)
  }
  if (error instanceof DOMException) {
    // The errors of browsers about passkeys (WebAuthn Level 3 §5.1.3, §5.1.4).
    if (error.name === 'InvalidStateError') return errors.passkeyExists
    if (error.name === 'NotAllowedError') return errors.passkeyUnused
    if (error.name === 'SecurityError') return errors.passkeyElsewhere
  }
  // `fetch` rejects with a TypeError when there is no response.
  return error instanceof TypeError ? errors.offline : String(error)
}

/** The text for a code of the server, in which `#` is its sentence; without a text, that sentence. */
const said = (texts: Record<string, string>, code: string | undefined, sentence: string) =>
  textFor(texts, code ?? '')?.replace('#', () => sentence) ?? sentence

/** The faults of a form, by the name of the field: the member of the body that the server refused. */
export function faultsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ProblemError)) return {}
  const { code, errors } = error
  return Object.fromEntries(
    errors.map(({ pointer, reason = code, detail }) => [pointer.slice(1), said(texts.faults, reason, detail)])
  )
}
