/** A prepared statement of PostgreSQL, as the driver takes it. */
export interface Statement {
  name: string
  text: string
  values: unknown[]
}

/** The rows that a statement concerns; every text is as long as in production. */
export interface Subject {
  userId: string
  username: string
  sessionId: string
  counter: number
  passwordHash: string
}

export const prefix = '203.0.113.0/24'
export const userAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
const day = 86_400_000

const begin: Statement = { name: 'begin', text: 'BEGIN', values: [] }
const commit: Statement = { name: 'commit', text: 'COMMIT', values: [] }

const addEvent = ({ userId, sessionId }: Subject, action: string): Statement => ({
  name: 'event',
  text: `INSERT INTO audit (seq, at, action, actor, subject, client_id, ip, detail)
    VALUES (nextval('audit_seq'), $1, $2, $3, $3, 'first-party', '203.0.113.77', $4)`,
  values: [new Date(), action, userId, JSON.stringify({ session: sessionId })]
})

const addFailure = (key: string): Statement => ({
  name: 'failure',
  text: `INSERT INTO throttle (key, last_at, clears_at) VALUES ($1, $2, $3)
    ON CONFLICT (key) DO UPDATE SET last_at = $2, clears_at = throttle.clears_at + 100`,
  values: [key, Date.now(), Date.now() + 1000]
})

/** A refresh: one guarded update of one row, in autocommit. */
export const refresh = ({ sessionId, counter }: Subject): Statement[] => [
  {
    name: 'refresh',
    text: `UPDATE sessions SET counter = counter + 1, rotated_at = $3, last_used_at = $3, idle_expires_at = $4
      WHERE id = $1 AND counter = $2 AND revoked_at IS NULL AND expires_at > $3 AND idle_expires_at > $3 RETURNING id`,
    values: [sessionId, counter, new Date(), new Date(Date.now() + 14 * day)]
  }
]

/** The read of sessions with their users, one batch. */
export const readSessions = (subjects: Subject[]): Statement[] => [
  {
    name: 'sessions',
    text: `SELECT sessions.*, users.* FROM sessions LEFT JOIN users ON users.id = sessions.user_id
      WHERE sessions.id = ANY($1)`,
    values: [subjects.map(({ sessionId }) => sessionId)]
  }
]

/** The read of one session with its user by its key alone. */
export const readSession = ({ sessionId }: Subject): Statement[] => [
  {
    name: 'session_by_key',
    text: `SELECT sessions.*, users.* FROM sessions LEFT JOIN users ON users.id = sessions.user_id
      WHERE sessions.id = $1`,
    values: [sessionId]
  }
]

/** The reads before a password is hashed, each a round trip of its own. */
export const loginReads = ({ userId, username }: Subject): Statement[] => [
  { name: 'user', text: 'SELECT * FROM users WHERE username = $1', values: [username] },
  {
    name: 'known',
    text: 'SELECT prefix FROM known_prefixes WHERE user_id = $1 AND prefix = $2',
    values: [userId, prefix]
  },
  { name: 'counters', text: 'SELECT * FROM throttle WHERE key = ANY($1)', values: [[`known:${userId}:${prefix}`]] }
]

/** The writes of a login: one transaction, sent as one list. */
export const login = (subject: Subject, newSessionId: string): Statement[] => [
  begin,
  {
    name: 'login',
    text: `UPDATE users SET last_login_at = $2 WHERE id = $1 AND password_hash = $3 AND NOT disabled RETURNING id`,
    values: [subject.userId, new Date(), subject.passwordHash]
  },
  {
    name: 'session',
    text: `INSERT INTO sessions VALUES ($1, $2, 'first-party', '["me"]', 0, $3, $3, $3, $4, $5, NULL, '203.0.113.77', $6)`,
    values: [
      newSessionId,
      subject.userId,
      new Date(),
      new Date(Date.now() + 90 * day),
      new Date(Date.now() + 14 * day),
      userAgent
    ]
  },
  {
    name: 'prefix',
    text: `INSERT INTO known_prefixes VALUES ($1, $2, $3)
      ON CONFLICT (user_id, prefix) DO UPDATE SET last_login_at = $3`,
    values: [subject.userId, prefix, new Date()]
  },
  { name: 'forgive', text: 'DELETE FROM throttle WHERE key = $1', values: [`known:${subject.userId}:${prefix}`] },
  addEvent(subject, 'login.succeeded'),
  commit
]

/** The writes of a wrong password: three counters, one of which all nodes share, and an event. */
export const failure = (subject: Subject): Statement[] => [
  begin,
  addFailure(`account:${subject.userId}`),
  addFailure(`prefix:${subject.userId.slice(-3)}`),
  addFailure('global'),
  addEvent(subject, 'login.failed'),
  commit
]

/** The seal of the oldest events without one: an update of each, and a row for all. */
export const seal = (events: number): Statement[] => [
  {
    name: 'seal',
    text: `WITH next AS (SELECT seq FROM audit WHERE seal IS NULL ORDER BY seq LIMIT ${events}),
      sealed AS (UPDATE audit SET seal = $1, hash = $2 FROM next WHERE audit.seq = next.seq RETURNING audit.seq)
      INSERT INTO seals SELECT $1, now(), max(seq), $2 FROM sealed`,
    values: [Date.now() * 1000 + Math.floor(Math.random() * 1000), 'a'.repeat(64)]
  }
]
