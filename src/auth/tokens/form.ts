import { OAuthError } from '../../errors.ts'

/** The form without its empty parameters, which count as omitted (RFC 6749 §3.2). */
export const withoutEmpty = <T extends object>(form: T): T =>
  Object.values(form).includes('')
    ? (Object.fromEntries(Object.entries(form).filter(([, value]) => value !== '')) as T)
    : form

/** The error for a form that lacks `name`. */
export const missing = (name: string, hint: string) =>
  new OAuthError('invalid_request', `${name} is missing or empty: ${hint}.`)
