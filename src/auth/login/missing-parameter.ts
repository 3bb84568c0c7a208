import { OAuthError } from '../../base/errors.ts'

/** The error for a form without `name`. */
export const missingParameter = (name: string, hint: string) =>
  new OAuthError('invalid_request', `${name} is missing or empty: ${hint}.`)
