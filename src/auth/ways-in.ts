import { Problem } from '../base/errors.ts'
import type { Config } from '../config/config.ts'
import { identityProvidersOf } from '../config/identity-providers.ts'
import { hasPasskeys } from '../config/passkeys.ts'
import type { UserRow } from '../store/users.ts'
import type { RemovedWays, WaysIn as StoredWaysIn, WaysInStore } from '../store/ways-in.ts'

export type WaysIn = ReturnType<typeof createWaysIn>

/** The ways to log in to an account, the last of which its owner cannot remove. */
export function createWaysIn({
  config,
  policy,
  store
}: {
  config: {
    identityProviders: string[]
    emailCodes: 'off' | 'on'
    secondFactor: Config['secondFactor']
    rpId?: string
  }
  policy: { isRequired(user: Pick<UserRow, 'scopes'>): boolean }
  store: WaysInStore
}) {
  /** The ways of the account besides its password. A code in the mail is none where a login needs two factors. */
  const of = (user: Pick<UserRow, 'scopes'>): StoredWaysIn => ({
    passkeys: hasPasskeys(config),
    mail: config.emailCodes === 'on' && !policy.isRequired(user),
    issuers: identityProvidersOf(config).map(({ issuer }) => issuer)
  })

  return {
    of,

    /** Whether the account can log in without `removed`. */
    remain: (user: Pick<UserRow, 'id' | 'scopes'>, removed: RemovedWays) => store.has(user.id, of(user), removed)
  }
}

/** The 409 for the last way to log in. */
export const lastWayIn = () =>
  new Problem(
    'last_way_in',
    'This is the only way to log in to the account. Choose a password or add another way first.'
  )
