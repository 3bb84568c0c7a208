import { assertFullName } from '../auth/users/identifiers.ts'
import { byColumn, type Mapping } from './mapping.ts'
import { isGiven, jsonOf, timeOf } from './values.ts'

/** The account table of a widely used application. Columns may be missing from an installation. */
export interface Preset {
  table: string
  mapping: Mapping
}

export type PresetName = keyof typeof presets

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
    mapping: {
      ...byColumn({
        username: 'username',
        email: 'email',
        password_hash: 'password',
        active: 'is_active',
        superuser: 'is_superuser',
        created_at: 'date_joined'
      }),
      full_name: { columns: ['first_name', 'last_name'], read: names => names.filter(isGiven).join(' ') }
    }
  },
  supabase: {
    table: 'auth.users',
    mapping: {
      ...byColumn({
        id: 'id',
        email: 'email',
        password_hash: 'encrypted_password',
        created_at: 'created_at'
      }),
      email_verified: { columns: ['email_confirmed_at'], read: ([at]) => isGiven(at) },
      full_name: { columns: ['raw_user_meta_data'], read: ([data]) => fullNameIn(data) },
      disabled: { columns: ['banned_until'], read: ([until], now) => isBanned(until, now) },
      active: { columns: ['deleted_at'], read: ([at]) => !isGiven(at) }
    }
  }
} satisfies Record<string, Preset>

/** Whether an account is banned until a future time, or until a value that is not a time, such as `infinity`. */
function isBanned(until: unknown, now: Date): boolean {
  if (!isGiven(until)) return false
  const end = timeOf(String(until))
  return end === undefined || end > now
}

/** The full name in an object or its JSON. Users can edit the object, so an invalid name is ignored. */
function fullNameIn(data: unknown): string | undefined {
  const object = typeof data === 'string' ? jsonOf(data) : data
  const name = (object as { full_name?: unknown } | null | undefined)?.full_name
  if (typeof name !== 'string') return undefined
  try {
    assertFullName(name)
    return name
  } catch {
    return undefined
  }
}
