import { OAuthError } from '../../errors.ts'
import { acrs, type StepUp } from '../../resource-server/options.ts'
import { isSatisfied, stepUpDescription } from '../../resource-server/step-up.ts'
import type { SessionRow } from '../../store/sessions.ts'
import { authenticationOf } from '../sessions/authentication.ts'

/**
 * What a client asks of the login behind a token (RFC 9470 §4). Of several classes, the lowest that this server knows
 * is enough. Throws `invalid_request` for values that this server does not know.
 */
export function parseStepUp(form: { acr_values?: string | undefined; max_age?: string | undefined }): StepUp {
  const classes = form.acr_values?.split(' ') ?? []
  const acr = acrs.find(name => classes.includes(name))
  if (form.acr_values !== undefined && acr === undefined)
    throw new OAuthError('invalid_request', `acr_values must name ${acrs.join(' or ')}.`)
  if (form.max_age !== undefined && !/^\d{1,9}$/.test(form.max_age))
    throw new OAuthError('invalid_request', 'max_age must be a number of seconds.')
  return { ...(acr && { acr }), ...(form.max_age !== undefined && { maxAge: Number(form.max_age) }) }
}

/** Why the login does not satisfy what was asked; `undefined` when it does. */
export const unmet = (
  session: Pick<SessionRow, 'amr' | 'authTime' | 'createdAt'>,
  stepUp: StepUp,
  now: Date
): string | undefined => (isSatisfied(stepUp, authenticationOf(session), now) ? undefined : stepUpDescription(stepUp))
