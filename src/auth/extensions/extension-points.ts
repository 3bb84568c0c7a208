import { isObject } from '../../base/strict-json.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { UserRow } from '../../store/users.ts'
import { reservedClaims } from '../account/claim-names.ts'
import { describeUser } from '../account/user-description.ts'
import type { Extensions } from './extensions.ts'

export type ExtensionPoints = ReturnType<typeof createExtensionPoints>

/**
 * Events about an account that change nothing of what an app sees, or that have an extension of their own. Every other
 * one counts as a change, so that a new one does too.
 */
const noChange = /^user\.(created|deleted|.+_(failed|requested))$/

/** `factor.undone` restores an address. */
const isChange = ({ action }: AuditEvent) =>
  action === 'factor.undone' || (action.startsWith('user.') && !noChange.test(action))

/**
 * Runs `extensions`. `byId` reads an account, and `onFailure` is called with errors that do not stop the request.
 */
export function createExtensionPoints(
  extensions: Extensions,
  {
    byId,
    onFailure
  }: { byId: (id: string) => Promise<UserRow | undefined>; onFailure: (error: unknown, hook: string) => void }
) {
  async function run<T>(hook: keyof Extensions, event: T, extension: ((event: T) => unknown) | undefined) {
    try {
      await extension?.(event)
    } catch (error) {
      onFailure(error, hook)
    }
  }

  return {
    /** Whether claims can come from anywhere else than the account. */
    hasClaims: extensions.claims !== undefined,

    /**
     * The claims of an access token besides those of the server: those of the account, if it has a user, and over them
     * those that the `claims` extension adds, as JSON values. Throws when the result of the extension is not an object
     * or has a reserved claim.
     */
    async claims(user: UserRow | null, clientId: string | null, scope: string[]): Promise<Record<string, unknown>> {
      const own = user?.claims ?? {}
      if (!extensions.claims) return own
      const given = await extensions.claims({
        user: user && describeUser(user),
        client_id: clientId,
        scope: [...scope]
      })
      // Checked after serialization, because a `toJSON` method could return other claims.
      const claims: unknown = JSON.parse(JSON.stringify(given) ?? 'null')
      if (!isObject(claims)) throw new Error('claims must return an object')
      const wrong = Object.keys(claims).find(name => reservedClaims.has(name))
      if (wrong !== undefined) throw new Error(`claims must not return the reserved claim ${wrong}`)
      return { ...own, ...claims }
    },

    userCreated: (user: UserRow) => run('onUserCreated', describeUser(user), extensions.onUserCreated),

    /** Runs `onUserChanged` for each account that the events, which have just been committed, have changed. */
    async committed(events: AuditEvent[]) {
      const ids = new Set(events.filter(isChange).map(({ subject }) => String(subject)))
      for (const id of ids)
        await run('onUserChanged', id, async () => {
          const user = await byId(id)
          if (user) await extensions.onUserChanged?.(describeUser(user))
        })
    },

    userDeleted: (user: UserRow) => run('onUserDeleted', describeUser(user), extensions.onUserDeleted),

    loggedIn: (user: UserRow, login: { clientId: string; scope: string[]; ip: string | null }) =>
      run(
        'onLogin',
        { user: describeUser(user), client_id: login.clientId, scope: [...login.scope], ip: login.ip },
        extensions.onLogin
      )
  }
}
