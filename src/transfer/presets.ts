import type { BorrowedColumns, Elsewhere } from '../store/inspect/foreign-table.ts'
import type { FirebaseHash } from './firebase.ts'
import { byColumn, type Mapping, type Reading } from './mapping.ts'
import { identitiesIn, identityAt } from './moved-identities.ts'
import {
  fullNameIn,
  hashOrNone,
  hasItems,
  isBanned,
  rolesIn,
  staffAndGroups,
  timeIn,
  without
} from './preset-values.ts'
import { isGiven, objectOf } from './values.ts'

/** The account table of a widely used application. Columns may be missing from an installation. */
export interface Preset {
  /** The table of its database; the accounts of others are in a file. */
  table?: string
  elsewhere?: Elsewhere
  mapping: Mapping
}

export type PresetName = keyof typeof presets

/** Columns of the account that a user of better-auth has at a provider. */
function ofProvider(providerId: string, columns: BorrowedColumns['columns']): BorrowedColumns {
  return { columns, from: 'account', by: 'userId', where: { providerId } }
}

/** Columns of a table that Supabase has beside its users. */
function ofSupabase(table: string, columns: Record<string, string>, where: Record<string, string>): BorrowedColumns {
  return { columns, from: `auth.${table}`, by: 'user_id', where }
}

/** The subjects of an account at Google and Apple, in columns of its own. */
const googleAndApple: Reading = {
  columns: ['googleAccount', 'appleAccount'],
  isPartial: true,
  read: ([google, apple]) => [identityAt('google', google), identityAt('apple', apple)].filter(isGiven)
}

/** The applications that `users import --preset` knows. */
export const presets = {
  // The security chapter has `username`, `full_name` and `disabled`; the SQL database chapter had `is_active`.
  'fastapi-tutorial': {
    table: 'users',
    mapping: byColumn({
      id: 'id',
      username: 'username',
      email: 'email',
      full_name: 'full_name',
      password_hash: 'hashed_password',
      disabled: 'disabled',
      active: 'is_active'
    })
  },
  'fastapi-template': {
    table: 'user',
    mapping: byColumn({
      id: 'id',
      email: 'email',
      full_name: 'full_name',
      password_hash: 'hashed_password',
      active: 'is_active',
      superuser: 'is_superuser',
      created_at: 'created_at'
    })
  },
  'fastapi-users': {
    table: 'user',
    mapping: byColumn({
      id: 'id',
      username: 'username',
      email: 'email',
      email_verified: 'is_verified',
      password_hash: 'hashed_password',
      active: 'is_active',
      superuser: 'is_superuser'
    })
  },
  django: {
    table: 'auth_user',
    elsewhere: { list: { column: 'groups', through: '_groups', by: 'group_id', of: 'auth_group' } },
    mapping: {
      ...byColumn({
        username: 'username',
        email: 'email',
        password_hash: 'password',
        active: 'is_active',
        superuser: 'is_superuser',
        created_at: 'date_joined'
      }),
      full_name: { columns: ['first_name', 'last_name'], read: names => names.filter(isGiven).join(' ') },
      claims: {
        columns: ['is_staff', 'groups'],
        isPartial: true,
        read: ([isStaff, groups]) => staffAndGroups(isStaff, groups)
      }
    }
  },
  supabase: {
    table: 'auth.users',
    elsewhere: {
      borrowed: [
        ofSupabase('identities', { googleAccount: 'provider_id' }, { provider: 'google' }),
        ofSupabase('identities', { appleAccount: 'provider_id' }, { provider: 'apple' }),
        ofSupabase('mfa_factors', { totp_secret: 'secret' }, { factor_type: 'totp', status: 'verified' })
      ]
    },
    mapping: {
      ...byColumn({
        id: 'id',
        email: 'email',
        created_at: 'created_at',
        totp_secret: 'totp_secret'
      }),
      password_hash: { columns: ['encrypted_password'], read: ([hash]) => hashOrNone(hash) },
      identities: googleAndApple,
      email_verified: { columns: ['email_confirmed_at'], read: ([at]) => isGiven(at) },
      full_name: { columns: ['raw_user_meta_data'], read: ([data]) => fullNameIn(data) },
      data: {
        columns: ['raw_user_meta_data'],
        // Copies of members of the account, which would not follow their changes.
        read: ([data]) => without(['sub', 'email', 'email_verified', 'phone_verified'], objectOf('data', data))
      },
      claims: {
        columns: ['raw_app_meta_data'],
        // How the user logged in there.
        read: ([claims]) => without(['provider', 'providers'], objectOf('claims', claims))
      },
      disabled: { columns: ['banned_until'], read: ([until], now) => isBanned(until, now) },
      active: { columns: ['deleted_at'], read: ([at]) => !isGiven(at) }
    }
  },
  // The plugins `username` and `admin` add columns.
  'better-auth': {
    table: 'user',
    elsewhere: {
      borrowed: [
        ofProvider('credential', { password: 'password' }),
        ofProvider('google', { googleAccount: 'accountId' }),
        ofProvider('apple', { appleAccount: 'accountId' })
      ]
    },
    mapping: {
      ...byColumn({
        id: 'id',
        username: 'username',
        email: 'email',
        email_verified: 'emailVerified',
        full_name: 'name',
        disabled: 'banned',
        second_factor: 'twoFactorEnabled'
      }),
      password_hash: { columns: ['password'], read: ([hash]) => hashOrNone(hash) },
      created_at: { columns: ['createdAt'], read: ([at]) => timeIn(at) },
      claims: { columns: ['role'], read: ([role]) => rolesIn(role) },
      identities: googleAndApple
    }
  },
  lucia: {
    table: 'user',
    elsewhere: {
      borrowed: [{ columns: { hashed_password: 'hashed_password' }, from: 'user_key', by: 'user_id', where: {} }]
    },
    mapping: {
      ...byColumn({ id: 'id', username: 'username', email: 'email', email_verified: 'email_verified' }),
      password_hash: { columns: ['hashed_password'], read: ([hash]) => hashOrNone(hash) }
    }
  },
  // The hash needs the parameters of the project: `firebaseMapping`.
  firebase: {
    mapping: {
      ...byColumn({
        id: 'localId',
        email: 'email',
        email_verified: 'emailVerified',
        full_name: 'displayName',
        disabled: 'disabled'
      }),
      created_at: { columns: ['createdAt'], read: ([at]) => timeIn(at) },
      claims: { columns: ['customAttributes'], read: ([claims]) => objectOf('claims', claims) },
      second_factor: { columns: ['mfaInfo'], read: ([factors]) => hasItems('mfaInfo', factors) },
      identities: { columns: ['providerUserInfo'], read: ([list]) => identitiesIn(list, ['providerId', 'rawId']) }
    }
  },
  auth0: {
    mapping: {
      ...byColumn({
        username: 'username',
        email: 'email',
        email_verified: 'email_verified',
        full_name: 'name',
        password_hash: 'passwordHash',
        disabled: 'blocked',
        created_at: 'created_at'
      }),
      data: { columns: ['user_metadata'], read: ([data]) => objectOf('data', data) },
      claims: { columns: ['app_metadata'], read: ([claims]) => objectOf('claims', claims) },
      second_factor: { columns: ['multifactor'], read: ([providers]) => hasItems('multifactor', providers) },
      identities: { columns: ['identities'], read: ([list]) => identitiesIn(list, ['provider', 'user_id']) }
    }
  }
} satisfies Record<string, Preset>

/** The mapping of the preset `firebase` for a project with these parameters. */
export const firebaseMapping = (hashOf: FirebaseHash): Mapping => ({
  ...presets.firebase.mapping,
  password_hash: {
    columns: ['passwordHash', 'salt'],
    isPartial: true,
    read: ([hash, salt]) => hashOrNone(hashOf(hash, salt))
  }
})
