import { OAuthError } from '../../base/errors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import { acrs, type StepUp } from '../../wire/requirements.ts'
import { isSatisfied, stepUpDescription } from '../../wire/step-up.ts'
import { authenticationOf } from '../sessions/authentication.ts'

/**
 * The requirements of a client for the login behind a token (RFC 9470 §4). If it names several classes, the lowest that
 * this server knows is enough. Throws `unmet_authentication_requirements` when it knows none (§5), and
 * `invalid_request` for a `max_age` that is not a number.
 */
export function parseStepUp(form: { acr_values?: string | undefined; max_age?: string | undefined }): StepUp {
  const classes = form.acr_values?.split(' ') ?? []
  const acr = acrs.find(name => classes.includes(name))
  if (form.acr_values !== undefined && acr === undefined)
    throw unmetRequirements(`acr_values must name ${acrs.join(' or ')}.`)
  if (form.max_age !== undefined && !/^\d{1,9}$/.test(form.max_age))
    throw new OAuthError('invalid_request', 'max_age must be a number of seconds.')
  return { ...(acr && { acr }), ...(form.max_age !== undefined && { maxAge: Number(form.max_age) }) }
}

/**
 * The error for requirements that no step of this user can meet (RFC 9470 §5), so that the client does not ask again.
 */
export const unmetRequirements = (description: string) =>
  new OAuthError('unmet_authentication_requirements', description)

/** The error for an account without a second factor of which `aal2` is asked. */
export const noSecondFactor = () => unmetRequirements('This account has no second factor. Enrol one first.')

/** The error for a code of an authenticator app after a code in the mail, where `aal2` is asked. */
export const noPassword = () =>
  unmetRequirements('Log in with the password or a passkey: a code by mail is not one of the two factors.')

/** The reason why the login does not satisfy `stepUp`; `undefined` when it does. */
export const unmet = (session: Pick<SessionRow, 'amr' | 'authTime'>, stepUp: StepUp, now: Date): string | undefined =>
  isSatisfied(stepUp, authenticationOf(session), now) ? undefined : stepUpDescription(stepUp)
