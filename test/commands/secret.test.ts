import t, { type Test } from 'tap'
import { createApp, createUser, password, postForm, testConfig } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { createCli } from '../support/cli.ts'
import { databaseUrl, type EngineName } from '../support/engines.ts'
import { createPasskeyWorld } from '../support/passkeys.ts'
import { enrol } from '../support/second-factor.ts'
import { auditTrail, execute } from '../support/store.ts'

const [old, changed, third] = ['old', 'new', 'third'].map(name => `the ${name} secret of the tests, 32 bytes`) as [
  string,
  string,
  string
]
/** The settings after a change of the secret. */
const both = { SECRET: changed, SECOND_SECRET: old }
const nothing = {
  signing_keys: 0,
  apps: 0,
  recovery_codes: 0,
  webhooks: 0,
  unreadable_signing_keys: 0,
  unreadable_apps: 0,
  unreadable_recovery_codes: 0,
  left: 0
}

/**
 * A database of the old secret: alice has an app, bob a passkey, carol both, dora nothing. `sallyport` runs a command
 * with these secrets.
 */
async function createWorld(t: Test, engine?: EngineName) {
  const url = await databaseUrl(t, engine)
  const world = await createPasskeyWorld(t, { databaseUrl: url, secret: old })
  const { app, add } = world
  for (const name of ['carol', 'dora']) await createUser(app, name)
  await app.webhooks.create({ url: 'https://crm.example.com/', events: ['user.*'] })
  const alice = await enrol(world)
  await add(createAuthenticator(), {}, 'bob')
  const carol = await enrol(world, { username: 'carol' })
  await add(createAuthenticator(), {}, 'carol')

  function sallyport(args: string[], secrets: Record<string, string>) {
    const { issuer, bcryptCost } = testConfig()
    const settings = { DATABASE_URL: url, ISSUER: issuer, BCRYPT_COST: String(bcryptCost), LOG_LEVEL: 'silent' }
    return createCli(t, { ...settings, ...secrets }).sallyport(args)
  }
  const rotate = async (secrets: Record<string, string> = both) =>
    JSON.parse((await sallyport(['secret', 'rotate', '--json'], secrets)).out)

  /** The status of a login on a server with this secret. */
  async function logIn(secret: string, form: Record<string, string>) {
    const { app } = await createApp(t, { databaseUrl: url, secret })
    return (await postForm(app, '/token', { grant_type: 'password', password, username: 'alice', ...form })).statusCode
  }
  const trail = async (action: string) => (await auditTrail(t, url)).filter(event => event.action === action)
  return { ...world, url, alice, carol, sallyport, rotate, logIn, trail }
}

t.test('secret rotate and secret discard exit with 1 when a row was left', async t => {
  const { url, sallyport } = await createWorld(t, 'sqlite')
  const keep = (table: string) =>
    execute(url, `CREATE TRIGGER ${table}_stay BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(IGNORE); END`)
  await keep('totp')
  const { out, code } = await sallyport(['secret', 'rotate'], both)
  t.equal(code, 1)
  t.match(
    out,
    /\n2 row\(s\) still need SECOND_SECRET, because they changed at the same time\. Run this command again\.\n/
  )
  await keep('users')
  t.match(await sallyport(['secret', 'discard', '--yes'], { SECRET: third }), { code: 1 })
})

t.test('secret rotate encrypts signing keys, apps and recovery codes with the new secret, once', async t => {
  const { alice, carol, app, rotate, logIn, trail, url } = await createWorld(t)
  const audit_key = app.audit.publicKey
  t.strictSame(await rotate(), { ...nothing, signing_keys: 1, apps: 2, recovery_codes: 3, webhooks: 1, audit_key })
  t.strictSame(await rotate(), { ...nothing, audit_key }, 'a second run finds nothing')
  t.match(await trail('secret.rotated'), [
    { actor: 'cli', detail: { signing_keys: 1, apps: 2, recovery_codes: 3 } },
    { actor: 'cli', detail: { signing_keys: 0, apps: 0, recovery_codes: 0 } }
  ])
  t.equal(await logIn(changed, { recovery_code: String(alice.recoveryCodes[0]) }), 200)
  t.equal(await logIn(changed, { username: 'carol', recovery_code: String(carol.recoveryCodes[0]) }), 200)
  await execute(url, 'UPDATE totp SET confirmed_at = NULL')
  const back = { SECRET: old, SECOND_SECRET: changed }
  t.match(await rotate(back), { apps: 2, left: 0 }, 'also an app that waits for its first code')
})

t.test('secret rotate prints what was done, what is left and the earlier key of the audit trail', async t => {
  const { app, sallyport } = await createWorld(t)
  t.match(await sallyport(['secret', 'rotate'], { SECRET: old }), {
    code: 1,
    err: 'The settings are not valid: SECOND_SECRET is not set: it must be the old secret, and SECRET the new one\n'
  })
  const { out } = await sallyport(['secret', 'rotate'], both)
  const { publicKey } = app.audit
  t.equal(
    out,
    `Encrypted with SECRET: 1 signing key(s), 2 app(s) and the recovery codes of 3 account(s); secrets of 1 webhook(s).
Nothing that is stored needs SECOND_SECRET any more. Keep it until REFRESH_TOKEN_TTL has passed, or logins from before the change end.
Seals of the audit trail that the old secret signed have the key ${publicKey}: \`sallyport audit verify --key ${publicKey}\`.
`
  )
})

t.test('secret rotate counts what neither secret decrypts, and leaves it as it is', async t => {
  const { rotate, sallyport } = await createWorld(t)
  const secrets = { SECRET: changed, SECOND_SECRET: third }
  const unreadable = { unreadable_signing_keys: 1, unreadable_apps: 2, unreadable_recovery_codes: 3 }
  t.match(await rotate(secrets), { ...nothing, ...unreadable })
  const again = await sallyport(['secret', 'rotate'], secrets)
  t.equal(again.code, 1)
  t.match(again.out, /\nSECOND_SECRET is not the secret of these rows\. Run this command again with theirs, /)
  t.notMatch(again.out, 'Nothing that is stored needs SECOND_SECRET any more.')
  t.match(
    again.out,
    /^Encrypted with SECRET: 0 .*\nNeither SECRET nor SECOND_SECRET decrypts 1 signing key\(s\), 2 app\(s\) and the recovery codes of 3 account\(s\)\. If their secret is lost, run `sallyport secret discard`\.\n/
  )
  t.match(await rotate(), { signing_keys: 1, apps: 2, recovery_codes: 3, left: 0 })
})

t.test('secret discard removes what a lost secret encrypted, says whose, and keeps passkeys', async t => {
  const { app, sallyport, trail, logIn, events } = await createWorld(t)
  const lost = { SECRET: changed }
  t.match(await sallyport(['keys', 'list'], lost), { code: 1, err: /run `sallyport secret discard`\n$/ })
  t.strictSame(await sallyport(['secret', 'discard'], lost), {
    code: 2,
    out: '',
    err: 'No terminal to ask for confirmation. Use --yes.\n'
  })
  const { code, out } = await sallyport(['secret', 'discard', '--yes'], lost)
  t.equal(code, 0)
  t.strictSame(out.split('\n').slice(0, -2).sort(), [
    'alice: removed app, recovery_codes; no second factor is left',
    'bob: removed recovery_codes; other factors stay',
    'carol: removed app, recovery_codes; other factors stay'
  ])
  t.match(out, /\nRemoved 1 signing key\(s\), and second factors of 3 account\(s\)\.\n$/)
  const users = await Promise.all(['alice', 'bob', 'carol', 'dora'].map(name => app.userAdmin.byIdOrName(name)))
  const factors = await Promise.all(users.map(user => app.secondFactors.list(user)))
  t.match(factors, [{ items: [] }, { items: [{ type: 'passkey' }] }, { items: [{ type: 'passkey' }] }, { items: [] }])
  t.strictSame(factors[2]?.items.length, 1)
  t.ok(factors.every(({ recovery_codes_left }) => recovery_codes_left === 0))
  t.strictSame(
    users.map(({ secondFactorAt }) => secondFactorAt !== null),
    [false, true, true, false]
  )
  for (const [index, name] of ['alice', 'carol'].entries())
    t.strictSame(await app.sessions.ofUser(String(users[index * 2]?.id)), [], `the logins of ${name} have ended`)
  const reason = 'encrypted with a lost secret'
  t.match(
    (await events())
      .filter(({ action }) => action === 'factor.removed')
      .map(({ subject, detail }) => [subject, detail])
      .sort(),
    [
      [users[0]?.id, { type: 'totp', reason }],
      [users[1]?.id, { type: 'recovery_codes', reason }],
      [users[2]?.id, { type: 'totp', reason }]
    ].sort()
  )
  t.match(await trail('key.retired'), [{ actor: 'cli', detail: { reason } }])
  t.match((await app.audit.activity(String(users[0]?.id), { limit: 1 })).items, [
    { action: 'factor.removed', by: 'operator' }
  ])
  t.equal(await logIn(changed, {}), 200, 'the password is enough')
  t.equal(await logIn(changed, { username: 'carol' }), 403, 'the passkey is asked for')
  t.strictSame((await sallyport(['secret', 'discard', '--json'], lost)).out, '{"keys":0,"accounts":0}\n')
})

t.test('secret discard prints JSON, one line for each account', async t => {
  const { sallyport } = await createWorld(t)
  const { out } = await sallyport(['secret', 'discard', '--yes', '--json'], { SECRET: changed })
  const lines = out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.strictSame(lines.at(-1), { keys: 1, accounts: 3 })
  t.strictSame(
    lines.find(({ username }) => username === 'bob'),
    {
      username: 'bob',
      removed: ['recovery_codes'],
      has_factor: true
    }
  )
})

t.test('secret discard removes nothing that one of both secrets decrypts', async t => {
  const { sallyport, logIn, alice } = await createWorld(t)
  const { out } = await sallyport(['secret', 'discard'], both)
  t.equal(out, 'Removed 0 signing key(s), and second factors of 0 account(s).\n')
  t.equal(await logIn(old, { recovery_code: String(alice.recoveryCodes[0]) }), 200)
})

t.test('A new key signs in place of a discarded one, which an older key would not do for long', async t => {
  const { app, url } = await createWorld(t)
  await app.keys.rotate({ immediately: true })
  const [first, second] = await app.keys.list()
  await execute(url, `UPDATE keys SET private_sealed = 'nothing' WHERE kid = '${second?.kid}'`)
  t.strictSame(await app.secretChange.discardKeys({}), [second?.kid])
  t.match(await app.keys.list(), [
    { kid: first?.kid, state: 'verifies', expires_at: first?.expires_at },
    { state: 'signs', expires_at: null }
  ])
  t.strictSame(await app.secretChange.discardKeys({}), [])
  t.equal((await app.keys.list()).length, 2)
})
