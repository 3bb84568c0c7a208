import type { NewIdentity } from '../../../routes/identities.ts'
import type { Identity } from '../../../routes/shapes.ts'
import { concurrentChange, invalidMember, Problem } from '../../base/errors.ts'
import type { IdentityAndUser, IdentityRow, IdentityStore } from '../../store/identities.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { SpentStore } from '../../store/spent.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { Administrator } from '../account/administrator.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Users } from '../users/users.ts'
import { lastWayIn, type WaysIn } from '../ways-in.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'
import type { IdTokens, VerifiedIdToken } from './id-tokens.ts'
import { createNewAccounts } from './new-accounts.ts'

export type Identities = ReturnType<typeof createIdentities>

/** How many linked identities an account may have. */
export const mostIdentities = 20

/** Identities: accounts at identity providers that log in to accounts here. */
export function createIdentities(deps: {
  config: { registration: 'open' | 'closed' }
  store: IdentityStore
  spent: SpentStore
  accounts: UserStore
  users: Users
  idTokens: IdTokens
  waysIn: WaysIn
  throttle: Throttle
  mail: Mail
  auditEvents: AuditEvents
  newId: () => string
  now: () => Date
}) {
  const { store, spent, idTokens, waysIn, throttle, mail, auditEvents, newId, now } = deps

  const newRow = ({ issuer, subject, email }: VerifiedIdToken, userId: string): IdentityRow => ({
    id: newId(),
    issuer,
    subject,
    userId,
    email,
    createdAt: now()
  })
  const newAccounts = createNewAccounts({ ...deps, newRow })

  /** The identity of a token that was not used, as `/id_token`. Throws a 400, and 503 without the keys. */
  async function presented({ id_token, nonce }: NewIdentity): Promise<VerifiedIdToken> {
    try {
      const token = await idTokens.verify(id_token, nonce)
      await assertUnused(token)
      return token
    } catch (error) {
      throw error instanceof IdTokenRefusal
        ? invalidMember('/id_token', `is refused: ${error.message.replace(/\.$/, '')}`)
        : error
    }
  }

  /** Throws an IdTokenRefusal when the token was used. */
  async function assertUnused(token: VerifiedIdToken) {
    if (await spent.has(token.spent.id)) throw usedToken()
  }

  async function assertRoom({ id }: UserRow) {
    if ((await store.ofUser(id)).length >= mostIdentities)
      throw new Problem(
        'limit_reached',
        `This account already has ${mostIdentities} linked identities. Unlink one first.`
      )
  }

  const change = (action: 'identity.linked' | 'identity.unlinked', { id, userId, issuer }: IdentityRow, by: Origin) =>
    auditEvents.event(action, { ...by, subject: userId, detail: { identity: id, issuer } })

  return {
    describe,

    /** The linked identities of an account in the order in which they were linked. */
    list: ({ id }: Pick<UserRow, 'id'>) => store.ofUser(id),

    assertUnused,

    /** The account that the identity of a token logs in to; `undefined` if there is none. */
    find: (token: VerifiedIdToken): Promise<IdentityAndUser | undefined> => store.bySubject(token),

    /** Makes one. */
    create: newAccounts.create,

    /**
     * Links the identity of an ID token, and notifies the owner by mail. Throws a 400 about `/id_token`, 409
     * when it is linked to an account already, when the account has as many as it can have, and when it or the session
     * changes at the same time, 429 after too many changes, and 503 while the keys of the issuer cannot be fetched.
     */
    async link(
      { user, session }: { user: UserRow; session: Pick<SessionRow, 'id'> },
      form: NewIdentity,
      by: Origin
    ): Promise<IdentityRow> {
      const token = await presented(form)
      await throttle.take('profile', user.id, auditEvents.event('throttle.refused', { ...by, subject: user.id }))
      await assertRoom(user)
      const row = newRow(token, user.id)
      const isDone = await store.insert(user, row, {
        session: session.id,
        most: mostIdentities,
        spent: token.spent,
        messages: mail.notice(user, 'identity_added', row.createdAt),
        event: change('identity.linked', row, by)
      })
      if (isDone) return row
      if (await store.bySubject(token))
        throw new Problem('identity_taken', 'This identity is linked to an account already.')
      await assertRoom(user)
      throw concurrentChange()
    },

    /**
     * Unlinks an identity, ends the other logins of the account, and notifies the owner by mail. With the
     * `session` of the owner, throws 409 for the last way to log in, and 429 after too many changes. Throws 404, and
     * 409 when the account or the session changes at the same time.
     */
    async unlink(user: UserRow, id: string, by: Administrator, session?: Pick<SessionRow, 'id'>): Promise<void> {
      if (session)
        await throttle.take('profile', user.id, auditEvents.event('throttle.refused', { ...by, subject: user.id }))
      const row = (await store.ofUser(user.id)).find(one => one.id === id)
      if (!row) throw new Problem('not_found', 'This account has no identity with this id.')
      const isDone = await store.remove(user, id, {
        now: now(),
        messages: mail.notice(user, 'identity_removed'),
        event: change('identity.unlinked', row, by),
        ...(session && { session: session.id, ways: waysIn.of(user) })
      })
      if (isDone) return
      if (session && !(await waysIn.remain(user, { identity: id }))) throw lastWayIn()
      throw concurrentChange()
    }
  }
}

/** The refusal of an ID token that was used. */
const usedToken = () =>
  new IdTokenRefusal('The ID token was already used. Get a new one from the issuer.', {
    isSigned: true,
    reason: 'used id token'
  })

/** The identity as the API returns it. */
const describe = ({ id, issuer, subject, email, createdAt }: IdentityRow): Identity => ({
  id,
  issuer,
  subject,
  email,
  created_at: createdAt.toISOString()
})
