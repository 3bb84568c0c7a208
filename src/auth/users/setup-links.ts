import type { SetUp } from '../../../routes/setup.ts'
import { Problem } from '../../base/errors.ts'
import { randomSecret, sha256 } from '../../base/secrets.ts'
import type { SetupLinkStore } from '../../store/setup-links.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { Origin } from '../audit-events.ts'
import { isPrivileged } from '../scopes.ts'
import { adminScopes } from './user-admin.ts'
import type { Users } from './users.ts'

/** The lifetime of a setup link in milliseconds. */
export const lifeMs = 3_600_000

/** An account with one of these scopes makes every link void. */
const privileged = adminScopes.filter(isPrivileged)

/** The link that makes the first administrator. Its token has 256 random bits, and is stored as a hash. */
export function createSetupLinks(deps: {
  store: SetupLinkStore
  accounts: UserStore
  users: Users
  config: { issuer: string; console: 'on' | 'off' }
  now: () => Date
}) {
  const { store, accounts, users, config, now } = deps

  async function assertWorks(hash: string) {
    if (!(await store.has(hash, now())) || (await store.someHold(privileged))) throw setupLinkDoesNotWork()
  }

  return {
    /**
     * A new link, which works once and within an hour. Earlier links no longer work. Throws 409 when an account can
     * administer the server, and when the console, which the link opens, is off.
     */
    async create(): Promise<string> {
      if (config.console === 'off') throw new Problem('conflict', consoleIsOff)
      if (await store.someHold(privileged)) throw new Problem('conflict', administratorExists)
      const token = randomSecret()
      await store.replace({ hash: sha256(token), expiresAt: new Date(now().getTime() + lifeMs) })
      return `${config.issuer}/console/#setup=${token}`
    },

    /**
     * Creates the first administrator, and deletes the link. Throws the same 403 for every link that does not work,
     * before it hashes the password. Throws what `users.register` throws; the link still works then.
     */
    async redeem({ token, ...account }: SetUp, origin: Origin): Promise<UserRow> {
      const hash = sha256(token)
      await assertWorks(hash)
      const { user, event } = await users.prepare({ ...account, scopes: adminScopes }, origin)
      const recorded = { ...event, detail: { ...event.detail, setup: true } }
      const isAdded = await store.redeem(hash, { user, privileged, now: now() }, recorded)
      if (!isAdded) await assertWorks(hash)
      return users.created(isAdded ? await accounts.byId(user.id) : undefined)
    }
  }
}

const consoleIsOff =
  'CONSOLE is off, so no link can work. Run `sallyport users create NAME --admin` to create an administrator.'
const administratorExists =
  'An administrator exists already. Run `sallyport users create NAME --admin` to create another one, or `sallyport users update` to change the scopes of an account.'

const setupLinkDoesNotWork = () =>
  new Problem(
    'invalid_setup_link',
    'This link has expired or was already used. If there is an administrator, sign in. Otherwise, run “npx sallyport setup-link” in the folder of the server: it prints a new one.'
  )
