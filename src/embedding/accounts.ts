import type { FastifyInstance } from 'fastify'
import type { AccountChange } from '../../routes/user-admin.ts'
import type { Registration, User } from '../auth/account/user.ts'
import { describeUser } from '../auth/account/user-description.ts'
import { invalidMember } from '../base/errors.ts'
import { isObject } from '../base/strict-json.ts'

/** Accounts, for the app's own code. Each call throws a Problem, with status 404 for an unknown account. */
export interface Accounts {
  /**
   * Creates an account by the rules of `POST /users`, even when `registration` is closed. Without a password, it is
   * invited: its address is mailed a link to choose one.
   */
  createUser(registration: Registration): Promise<User>
  /**
   * Mails an account that is invited another link to choose its password. Throws 409 once it has one, and 429 after
   * many messages to the address, as `createUser` does.
   */
  resendInvitation(idOrUsername: string): Promise<void>
  /** The user with this id or username. */
  findUser(idOrUsername: string): Promise<User>
  /**
   * Disables the account, which ends its logins, or enables it, replaces the scopes that it may be granted, and merges
   * `claims` into its claims (RFC 7396). Resolves to the user after the change. Throws 409 for the last administrator,
   * and when the account changes at the same time.
   */
  updateUser(idOrUsername: string, change: AccountChange): Promise<User>
  /** Ends every login of the account. Resolves to their number. */
  endSessions(idOrUsername: string): Promise<number>
  /** Deletes the account and ends its logins. Throws 409 as `updateUser` does. */
  deleteUser(idOrUsername: string): Promise<void>
}

/** The actor in the audit trail. */
const byTheApp = { actor: 'app' }

/** Changes the accounts of `service` by the rules for administrators. */
export function createAccounts(service: FastifyInstance): Accounts {
  const { users, userAdmin, invitations } = service

  return {
    async createUser(given) {
      const registration = asJson(given)
      assertTypes(registration, registrationTypes)
      return describeUser(await users.register(registration, byTheApp))
    },

    async resendInvitation(idOrUsername) {
      await invitations.resend(await userAdmin.byIdOrName(idOrUsername), byTheApp)
    },

    findUser: async idOrUsername => describeUser(await userAdmin.byIdOrName(idOrUsername)),

    async updateUser(idOrUsername, given) {
      const change = asJson(given)
      assertTypes(change, changeTypes)
      const names = Object.keys(change)
      if (names.length === 0) throw invalidMember('', 'must change something')
      const other = names.find(name => !Object.hasOwn(changeTypes, name))
      if (other !== undefined) throw invalidMember(`/${other}`, 'cannot be changed')
      const { id } = await userAdmin.byIdOrName(idOrUsername)
      return describeUser(await userAdmin.update(id, change, byTheApp))
    },

    async endSessions(idOrUsername) {
      const { id } = await userAdmin.byIdOrName(idOrUsername)
      return userAdmin.endSessions(id, byTheApp)
    },

    async deleteUser(idOrUsername) {
      await userAdmin.remove(await userAdmin.byIdOrName(idOrUsername), byTheApp)
    }
  }
}

/** `given` as JSON brings it, so that what is checked is what is stored. Throws a 400 when it cannot be JSON. */
function asJson<T extends object>(given: T): T {
  try {
    return JSON.parse(JSON.stringify(given ?? {}))
  } catch {
    throw invalidMember('', 'must be JSON')
  }
}

/** A check of a member, and the type that it expects. */
type TypeRule = [holds: (value: unknown) => boolean, expected: string]

const isText = (value: unknown) => typeof value === 'string'
const text: TypeRule = [isText, 'a string']
const textOrMissing: TypeRule = [value => value === undefined || isText(value), 'a string']
const textOrNone: TypeRule = [value => value === undefined || value === null || isText(value), 'a string or null']
const list: TypeRule = [
  value => value === undefined || (Array.isArray(value) && value.every(isText)),
  'an array of strings'
]
const flag: TypeRule = [value => value === undefined || typeof value === 'boolean', 'true or false']

const object: TypeRule = [value => value === undefined || isObject(value), 'an object']
const objectOrNone: TypeRule = [value => value === null || object[0](value), 'an object or null']

const registrationTypes = {
  username: text,
  password: textOrMissing,
  email: textOrNone,
  full_name: textOrNone,
  locale: textOrNone,
  scopes: list,
  data: object,
  claims: object
}
const changeTypes = { disabled: flag, scopes: list, claims: objectOrNone }

/**
 * Throws a 400 unless the members of `given` have these types, for callers without type checks. Values are validated
 * later, as over HTTP.
 */
function assertTypes(given: object, types: Record<string, TypeRule>) {
  const members: Record<string, unknown> = { ...given }
  for (const [name, [holds, expected]] of Object.entries(types)) {
    if (!holds(members[name])) throw invalidMember(`/${name}`, `must be ${expected}`)
  }
}
