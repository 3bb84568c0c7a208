import { select } from './select.ts'

/** Partial writes: an account, login, revocation, deletion or password without its audit event. */
const halves = {
  'an account without its event': `
    SELECT count(*) AS count FROM users u WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE a.subject = u.id
    AND a.action = 'user.created')`,
  'an event without its account': `
    SELECT count(*) AS count FROM audit a WHERE a.action = 'user.created'
    AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = a.subject)
    AND NOT EXISTS (SELECT 1 FROM audit d WHERE d.subject = a.subject AND d.action = 'user.deleted')`,
  'an account that is there after its deletion': `
    SELECT count(*) AS count FROM users u WHERE EXISTS (SELECT 1 FROM audit a WHERE a.subject = u.id
    AND a.action = 'user.deleted')`,
  'a login without its event': `
    SELECT count(*) AS count FROM sessions s WHERE s.user_id IS NOT NULL AND (SELECT count(*) FROM audit a
    WHERE a.action IN ('login.succeeded', 'user.password_changed')
    AND a.subject = s.user_id AND a.detail LIKE '%' || s.id || '%') <> 1`,
  'a seal that covers another number of events': `
    SELECT count(*) AS count FROM seals s WHERE s.events <> (SELECT count(*) FROM audit a WHERE a.seal = s.number)`,
  'an event that names no seal': `
    SELECT count(*) AS count FROM audit a WHERE a.seal IS NOT NULL AND NOT EXISTS (SELECT 1 FROM seals s
    WHERE s.number = a.seal)`,
  'a login that was ended without an event': `
    SELECT count(*) AS count FROM sessions s WHERE s.revoked_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit a
    WHERE a.subject = s.user_id
    AND a.action IN ('session.ended', 'user.password_changed', 'token.reuse_detected'))`
}

/** What SQLite says of its file, and how many partial writes there are of each kind. */
export interface Inspected {
  integrity: string
  halves: Record<string, number>
}

/** A database without damage. */
export const whole: Inspected = {
  integrity: 'ok',
  halves: Object.fromEntries(Object.keys(halves).map(name => [name, 0]))
}

/** Looks for damage in a database, which may be in use. One that was never migrated is whole. */
export async function inspect(url: string): Promise<Inspected> {
  const isSqlite = url.startsWith('sqlite:')
  if (isSqlite && (await select(url, "SELECT 1 FROM sqlite_schema WHERE name = 'throttle'")).length === 0) return whole
  const counts: [string, number][] = []
  for (const [name, sql] of Object.entries(halves)) {
    const [row] = await select(url, isSqlite ? sql : sql.replaceAll('a.detail LIKE', 'a.detail::text LIKE'))
    counts.push([name, Number(row?.count)])
  }
  const integrity = isSqlite ? String((await select(url, 'PRAGMA integrity_check'))[0]?.integrity_check) : 'ok'
  return { integrity, halves: Object.fromEntries(counts) }
}
