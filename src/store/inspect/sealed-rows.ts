import type { ReadOnlyConnection } from './read-only.ts'

/** Rows that are encrypted with the secret; of apps, and of recovery codes, up to `limit`. */
export interface SealedRows {
  limit: number
  /** The signing keys that have not expired. */
  keys: { kid: string; sealed: string }[]
  /** The newest confirmed authenticator apps. */
  apps: { id: string; userId: string; sealed: string }[]
  /** One for each account with recovery codes. */
  recoveryCodes: { userId: string; sealed: string }[]
  webhooks: { id: string; sealed: string }[]
}

/** The check of each row takes time. */
const limit = 10_000

/** Reads what a database without pending migrations has encrypted at `now`, in milliseconds. */
export async function sealedRows({ dialect, rows }: ReadOnlyConnection, now: number): Promise<SealedRows> {
  const time = dialect === 'sqlite' ? now : `to_timestamp(${now / 1000})`

  async function read<T>(query: string) {
    const found: unknown[] = []
    for await (const row of rows(query)) found.push(row)
    return found as T[]
  }

  return {
    limit,
    keys: await read(
      `SELECT kid, private_sealed AS sealed FROM keys WHERE expires_at IS NULL OR expires_at > ${time} ORDER BY generation`
    ),
    apps: await read(
      `SELECT id, user_id AS "userId", secret_sealed AS sealed FROM totp
      WHERE confirmed_at IS NOT NULL ORDER BY id DESC LIMIT ${limit}`
    ),
    recoveryCodes: await read(
      `SELECT user_id AS "userId", max(key_sealed) AS sealed FROM recovery_codes
      GROUP BY user_id ORDER BY user_id LIMIT ${limit}`
    ),
    webhooks: await read('SELECT id, secret_sealed AS sealed FROM webhooks')
  }
}
