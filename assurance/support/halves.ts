/** Queries that count partial writes: an account, login, revocation, deletion or password without its audit event. */
export const halves = {
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
