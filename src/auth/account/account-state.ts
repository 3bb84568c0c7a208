import { sha256 } from '../../base/secrets.ts'
import type { UserRow } from '../../store/users.ts'

/**
 * Changes with the password and the second factors of an account, and when its logins end: a proof from before no
 * longer counts.
 */
export const accountState = ({
  passwordHash,
  secondFactorAt,
  loginEpoch
}: Pick<UserRow, 'passwordHash' | 'secondFactorAt' | 'loginEpoch'>) =>
  // The first epoch is left out, as by nodes of a release without epochs.
  sha256(`${passwordHash}\n${secondFactorAt?.getTime() ?? ''}${loginEpoch === 0 ? '' : `\n${loginEpoch}`}`)
