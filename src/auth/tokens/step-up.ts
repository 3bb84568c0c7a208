import { OAuthError } from '../../errors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import { type Acr, authenticationOf } from '../sessions/authentication.ts'

/** What a client asks of the login behind a token (RFC 9470 §4); `maxAge` in seconds. */
export interface StepUp {
  acr: Acr | undefined
  maxAge: number | undefined
}

/** The parameters of RFC 9470 §4. Throws `invalid_request` for values that this server does not know. */
export function parseStepUp(form: { acr_values?: string | undefined; max_age?: string | undefined }): StepUp {
  const classes = form.acr_values?.split(' ') ?? []
  const acr = (['aal1', 'aal2'] as const).find(name => classes.includes(name))
  if (form.acr_values !== undefined && acr === undefined)
    throw new OAuthError('invalid_request', 'acr_values must name aal1 or aal2.')
  if (form.max_age !== undefined && !/^\d{1,9}$/.test(form.max_age))
    throw new OAuthError('invalid_request', 'max_age must be a number of seconds.')
  return { acr, maxAge: form.max_age === undefined ? undefined : Number(form.max_age) }
}

/** Why the login does not satisfy what was asked; `undefined` when it does. */
export function unmet(
  session: Pick<SessionRow, 'amr' | 'authTime' | 'createdAt'>,
  { acr, maxAge }: StepUp,
  now: Date
): string | undefined {
  const login = authenticationOf(session)
  if (acr === 'aal2' && login.acr !== 'aal2') return 'The login needs a second factor.'
  if (maxAge !== undefined && now.getTime() - login.authTime.getTime() > maxAge * 1000)
    return 'The login is too old. Authenticate again.'
  return undefined
}
