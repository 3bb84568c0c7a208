import type { Config } from '../../config/config.ts'
import type { UserRow } from '../../store/users.ts'
import { isPrivileged } from '../scopes.ts'

export type SecondFactorPolicy = ReturnType<typeof createSecondFactorPolicy>

/** Which accounts have to use a second factor, and which have to enrol one. */
export function createSecondFactorPolicy({ secondFactor }: Pick<Config, 'secondFactor'>) {
  const isOn = secondFactor !== 'off'

  /** Whether an account with these scopes may not be without a second factor. */
  const isRequired = ({ scopes }: Pick<UserRow, 'scopes'>) =>
    secondFactor === 'required' || (secondFactor === 'administrators' && scopes.some(isPrivileged))

  return {
    isOn,
    isRequired,

    /** Whether logins of the account need a second factor. */
    isEnrolled: ({ secondFactorAt }: Pick<UserRow, 'secondFactorAt'>) => isOn && secondFactorAt !== null,

    /** Whether the account has to enrol a second factor first. */
    mustEnrol: (user: Pick<UserRow, 'scopes' | 'secondFactorAt'>) => isRequired(user) && user.secondFactorAt === null
  }
}
