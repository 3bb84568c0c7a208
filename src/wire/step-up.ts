import type { StepUp } from './requirements.ts'

/** How and when a user authenticated; both are `undefined` for a client that acts for itself. */
export interface Login {
  acr: string | undefined
  authTime: Date | undefined
}

/** Whether `login` satisfies `stepUp` at `now`; with `leeway`, up to so many seconds later. */
export function isSatisfied({ acr, maxAge }: StepUp, login: Login, now: Date, leeway = 0): boolean {
  const isStrong = acr === undefined || login.acr === 'aal2' || login.acr === acr
  if (!isStrong || maxAge === undefined) return isStrong
  return login.authTime !== undefined && now.getTime() - login.authTime.getTime() <= (maxAge + leeway) * 1000
}

/** The login that `stepUp` requires, in words without quotation marks, which `WWW-Authenticate` cannot have. */
export function stepUpDescription({ acr, maxAge }: StepUp): string {
  const factors = acr === 'aal2' ? ' with two factors' : ''
  const age = maxAge === undefined ? '' : ` that is at most ${maxAge} seconds old`
  return `This request needs a login${factors}${age}.`
}

/** The parameters of `WWW-Authenticate` that tell the client the requirements on the login (RFC 9470 §3). */
export const stepUpParameters = ({ acr, maxAge }: StepUp): Record<string, string> => ({
  ...(acr !== undefined && { acr_values: acr }),
  ...(maxAge !== undefined && { max_age: String(maxAge) })
})
