import type { UserRow } from '../../store/users.ts'
import { sha256 } from '../keys/secrets.ts'

/** Changes with the password and the second factors of an account: a proof from before the change no longer counts. */
export const accountState = ({ passwordHash, secondFactorAt }: Pick<UserRow, 'passwordHash' | 'secondFactorAt'>) =>
  sha256(`${passwordHash}\n${secondFactorAt?.getTime() ?? ''}`)
