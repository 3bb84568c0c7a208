import t from 'tap'
import { openStore } from '../../src/store/open.ts'
import { emptyDatabaseUrl, engines } from '../support/engines.ts'
import { migrationsUntil } from '../support/old-migrations.ts'
import { event, execute, newUser, openEngine } from '../support/store.ts'

const before = migrationsUntil(t, '_sealed_audit')

for (const engine of engines) {
  t.test(`the upgrade keeps every address, whether it is verified, and the links, on ${engine}`, async t => {
    const url = await emptyDatabaseUrl(t, engine)
    await openEngine(t, url).migrate(before(engine))
    const time = engine === 'sqlite' ? '0' : `'1970-01-01T00:00:00Z'`
    const later = engine === 'sqlite' ? '99999999999999' : `'9999-01-01T00:00:00Z'`
    const users = [
      ['alice', `'alice@example.com'`, 'true'],
      ['bob', `'bob@example.com'`, 'false'],
      ['carol', 'NULL', 'false']
    ].map(([name, email, verified]) => `('${name}', '${name}', ${email}, ${verified}, 'hash', '[]', ${time}, ${time})`)
    await execute(
      url,
      `INSERT INTO users (id, username, email, email_verified, password_hash, scopes, created_at, updated_at) VALUES ${users}`
    )
    const token = `('hash', 'verify_email', 'bob', 'state', ${later})`
    await execute(url, `INSERT INTO one_time_tokens (hash, purpose, user_id, state, expires_at) VALUES ${token}`)

    const store = await openStore(url, () => {})
    t.teardown(() => store.close())
    await store.migrate()
    t.match((await store.users.page('', 5)).rows, [
      { id: 'alice', email: 'alice@example.com', emailVerified: true, pendingEmail: null },
      { id: 'bob', email: 'bob@example.com', emailVerified: false, pendingEmail: null },
      { id: 'carol', email: null, emailVerified: false, pendingEmail: null }
    ])
    t.match(await store.oneTimeTokens.withUser('hash', 'verify_email', new Date()), { token: { address: null } })
    t.ok(await store.users.insert(newUser('dora', { email: 'bob@example.com' }), event('user.created')))
    const moved = { ...newUser('eve', { email: 'alice@example.com' }), emailVerified: true, disabled: false }
    t.strictSame(await store.users.insertFree([moved], event('x')), [], 'a verified address is still unique')
  })
}
