import type { SecondFactor } from './second-factor.ts'

/** The login that an API requires: its `acr` such as `aal2`, and its age at most, in seconds (RFC 9470 §4). */
export interface AskedLogin {
  acr?: string | undefined
  maxAge?: number | undefined
}

/** The login to ask for, and how to ask the user. */
export interface StepUp extends AskedLogin {
  /** Asks the user for the factor; for an account without a second factor, for the password. */
  secondFactor: SecondFactor
}

/** The login that a 401 `insufficient_user_authentication` requires (RFC 9470 §3); `undefined` for other responses. */
export function stepUpAsked({ status, headers }: Response): AskedLogin | undefined {
  const challenge = headers.get('WWW-Authenticate') ?? ''
  if (status !== 401 || !/\berror="?insufficient_user_authentication\b/.test(challenge)) return undefined
  const [, acr] = /\bacr_values="?([^",]+)/.exec(challenge) ?? []
  const [, seconds] = /\bmax_age="?(\d+)/.exec(challenge) ?? []
  return { acr, maxAge: seconds === undefined ? undefined : Number(seconds) }
}
