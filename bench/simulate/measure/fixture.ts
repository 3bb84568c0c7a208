import { openStore } from '../../../src/store/open.ts'
import { query, type Server } from './postgres-cost.ts'
import { prefix, type Subject, userAgent } from './statements.ts'

/** As long as a hash that Sallyport makes. */
const passwordHash = `$bcrypt-sha256$v=2,t=2b,r=12$${'s'.repeat(22)}$${'h'.repeat(31)}`

/**
 * Fills the project's own schema with `count` accounts, each with a session, a known prefix and a sealed event. Adds what
 * the schema lacks yet: numbers of events from a sequence, numbers of seals with an index, and the table of seals.
 */
export async function fillPostgres({ url }: Server, count: number): Promise<Subject[]> {
  const store = await openStore(url, () => {})
  await store.migrate()
  await store.close()
  await query(
    url,
    `CREATE SEQUENCE audit_seq;
    ALTER TABLE audit ADD COLUMN seal bigint;
    CREATE INDEX audit_seal ON audit (seal);
    CREATE TABLE seals (number bigint PRIMARY KEY, at timestamptz(3) NOT NULL, last bigint, hash text NOT NULL);
    INSERT INTO users SELECT uuidv7()::text, 'user-' || md5(n::text), 'user-' || n || '@mail.example.com', true,
      'Firstname Lastname', '${passwordHash}', '["me"]', false, now(), now(), now() FROM generate_series(1, ${count}) n;
    INSERT INTO sessions SELECT uuidv7()::text, id, 'first-party', '["me"]', 0, now(), now(), now(),
      now() + interval '90 days', now() + interval '14 days', NULL, '203.0.113.77', '${userAgent}'
      FROM users ORDER BY md5(id);
    INSERT INTO known_prefixes SELECT id, '${prefix}', now() FROM users ORDER BY md5(id);
    INSERT INTO audit (seq, at, action, actor, subject, client_id, ip, detail, hash, seal)
      SELECT nextval('audit_seq'), now() + n * interval '1 ms', 'login.succeeded', user_id, user_id, 'first-party',
        '203.0.113.77', jsonb_build_object('session', id), repeat('a', 64), n / 1000
      FROM (SELECT *, row_number() OVER (ORDER BY id) n FROM sessions) AS numbered;
    INSERT INTO seals SELECT n, now(), n * 1000, repeat('a', 64) FROM generate_series(0, ${count}) n`
  )
  // VACUUM cannot share a query with other statements.
  await query(url, 'VACUUM (ANALYZE, FREEZE)')
  const rows = await query<Omit<Subject, 'passwordHash'>>(
    url,
    `SELECT users.id AS "userId", username, sessions.id AS "sessionId", counter
      FROM users, sessions WHERE user_id = users.id`
  )
  return rows.map(row => ({ ...row, passwordHash }))
}

/** Adds `count` events that are not sealed yet. */
export const addEvents = ({ url }: Server, count: number) =>
  query(
    url,
    `INSERT INTO audit (seq, at, action, actor, subject, client_id, ip, detail)
      SELECT nextval('audit_seq'), now(), action, actor, subject, client_id, ip, detail FROM audit LIMIT ${count}`
  )
