import { eq } from 'drizzle-orm'
import { openPostgres } from '../../../src/store/engine/postgres.ts'
import { openStore } from '../../../src/store/open.ts'
import { ip, prefix, type Subject, userAgent } from './lists.ts'
import { query, type Server } from './postgres-cost.ts'

/** As long as a hash that Sallyport makes. */
const passwordHash = `$bcrypt-sha256$v=2,t=2b,r=12$${'s'.repeat(22)}$${'h'.repeat(31)}`

/** Fills the project's own schema with `count` accounts, each with a session, a known prefix and a sealed event. */
export async function fillPostgres({ url }: Server, count: number): Promise<Subject[]> {
  const store = await openStore(url, () => {})
  await store.migrate()
  await store.close()
  await query(
    url,
    `INSERT INTO users (id, username, email, email_verified, full_name, password_hash, scopes, created_at, updated_at,
        last_login_at)
      SELECT uuidv7()::text, 'user-' || md5(n::text), 'user-' || n || '@mail.example.com', true, 'Firstname Lastname',
        '${passwordHash}', '["me"]', now(), now(), now() FROM generate_series(1, ${count}) n;
    INSERT INTO sessions (id, user_id, client_id, scope, counter, created_at, rotated_at, last_used_at, expires_at,
        idle_expires_at, ends_on, ip, last_ip, user_agent)
      SELECT uuidv7()::text, id, 'first-party', '["me"]', 0, now(), now(), now(), now() + interval '90 days',
        now() + interval '14 days', extract(epoch FROM now())::int / 86400 + 14, '${ip}', '${ip}', '${userAgent}'
      FROM users ORDER BY md5(id);
    INSERT INTO known_prefixes SELECT id, '${prefix}', now() FROM users ORDER BY md5(id);
    INSERT INTO audit (at, action, actor, subject, client_id, ip, detail, seal)
      SELECT now() + n * interval '1 ms', 'login.succeeded', user_id, user_id, 'first-party', '${ip}',
        jsonb_build_object('session', id), 1 + n / 1000
      FROM (SELECT *, row_number() OVER (ORDER BY id) n FROM sessions) AS numbered;
    INSERT INTO seals SELECT n, repeat('a', 64), 1000, repeat('a', 64), now(), repeat('k', 43), repeat('s', 86)
      FROM generate_series(1, ${count}) n`
  )
  // VACUUM cannot share a query with other statements.
  await query(url, 'VACUUM (ANALYZE, FREEZE)')
  const { db, schema, close } = openPostgres(url)
  const { sessions, users } = schema
  const subjects = await db
    .select({ session: sessions, user: users })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
  await close()
  return subjects
}

/** Adds `count` events that are not sealed yet. */
export const addEvents = ({ url }: Server, count: number) =>
  query(
    url,
    `INSERT INTO audit (at, action, actor, subject, client_id, ip, detail)
      SELECT now(), action, actor, subject, client_id, ip, detail FROM audit LIMIT ${count}`
  )
