import type { UserRow } from '../store/users.ts'
import { exportFields } from './mapping.ts'

/** Accounts per page and chunk. */
const pageSize = 1000

/** The exported columns of an account, by name. */
const recordOf = (user: UserRow): Record<(typeof exportFields)[number], unknown> => ({
  id: user.id,
  username: user.username,
  email: user.email,
  email_verified: user.emailVerified,
  full_name: user.fullName,
  password_hash: user.passwordHash,
  scopes: user.scopes,
  disabled: user.disabled,
  created_at: user.createdAt.toISOString(),
  data: user.data,
  claims: user.claims,
  invited_at: user.invitedAt?.toISOString() ?? null,
  locale: user.locale
})

const csvLine = (values: unknown[]) => `${values.map(csvValue).join(',')}\n`

function csvValue(value: unknown): string {
  const text = Array.isArray(value) ? value.join(' ') : isObject(value) ? JSON.stringify(value) : String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null

/** The header of each export format, and how it writes an account. */
const writers = {
  csv: { begin: csvLine([...exportFields]), write: (user: UserRow) => csvLine(Object.values(recordOf(user))) },
  ndjson: { begin: '', write: (user: UserRow) => `${JSON.stringify(recordOf(user))}\n` }
}

/**
 * All accounts ordered by name, with their password hashes, in the form that `users import` reads. `onPage` gets how
 * many of them there were so far.
 */
export async function* exportUsers(
  page: (after: string, limit: number) => Promise<{ rows: UserRow[]; next?: string }>,
  format: keyof typeof writers,
  onPage: (done: number) => void = () => {}
): AsyncGenerator<string> {
  const { begin, write } = writers[format]
  let done = 0
  yield begin
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { rows, next } = await page(after, pageSize)
    yield rows.map(write).join('')
    done += rows.length
    onPage(done)
    after = next
  }
}
