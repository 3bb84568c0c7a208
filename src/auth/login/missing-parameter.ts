import { OAuthError } from '../../errors.ts'

/** The error for a form that lacks `name`. */
export const missing = (name: string, hint: string) =>
  new OAuthError('invalid_request', `${name} is missing or empty: ${hint}.`)
