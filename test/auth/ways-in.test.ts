import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { createServices, freshLogin, password } from '../support/app.ts'
import { uncounted } from '../support/attempts.ts'
import { createAuthenticator } from '../support/authenticator.ts'

const issuer = 'https://accounts.google.com'
const from = { ip: '192.0.2.1' }
const lastWay = {
  status: 409,
  message: 'This is the only way to log in to the account. Choose a password or add another way first.'
}
const lastAddress = { status: 400, message: /\/email is the only way to log in without a password/ }

/** Two nodes on one database, and the makers of accounts with accounts elsewhere, passkeys and addresses. */
async function createNodes(t: Test, settings: Partial<Config> = {}) {
  const { app, config } = await createServices(t, {
    identityProviders: [`${issuer} app`],
    rpId: 'example.com',
    emailCodes: 'on',
    ...settings
  })
  const { app: other } = await createServices(t, config)
  const client = await app.clients.authenticate({}, { authorization: undefined, ip: null })
  let number = 0

  /** An account with as many accounts elsewhere, and as many passkeys, whose address is verified if it has one. */
  async function account({ identities = 1, passkeys = 0, hasAddress = false, hasPassword = false }) {
    const subject = `person${number++}`
    const email = hasAddress ? `${subject}@gmail.com` : null
    const spent = { id: subject, expiresAt: app.clock.now() }
    const token = { issuer, subject, email, isEmailVerified: hasAddress, isEmailTrusted: hasAddress, name: null, spent }
    const { user } = await app.identities.create(token, from)
    if (hasPassword) await app.accountPasswords.set(user, password, {})
    const device = { ip: '192.0.2.1', userAgent: null }
    const read = () => app.userAdmin.byId(user.id)
    const session = await app.sessions.startLogin(await read(), client, ['me'], device, uncounted())
    if (!session) throw new Error('The account has no session.')
    const by = { actor: user.id, ...from }
    for (let n = 1; n < identities; n++) {
      const [id, createdAt] = [app.clock.newId(), app.clock.now()]
      const row = { id, issuer, subject: `${subject}.${n}`, userId: user.id, email: null, createdAt }
      const about = { session: session.id, most: 20, spent: { ...spent, id }, messages: [] }
      await app.db.identities.insert(await read(), row, { ...about, event: app.auditEvents.event('identity.linked') })
    }
    for (let n = 0; n < passkeys; n++) {
      const response = createAuthenticator().create((await app.passkeys?.registrationOptions(await read())) as never)
      await app.passkeys?.register(await read(), session, { name: 'Phone', response }, by)
    }
    const ids = {
      identities: (await app.identities.list(user)).map(({ id }) => id),
      passkeys: ((await app.passkeys?.list(user)) ?? []).map(({ id }) => id)
    }
    return {
      user,
      ids,
      unlink: async (n = 0, node = app) => node.identities.unlink(await read(), String(ids.identities[n]), by, session),
      removePasskey: async (n = 0, node = app) =>
        node.secondFactors.remove(await read(), session, String(ids.passkeys[n]), by),
      removeAddress: (node = app) => node.users.updateProfile(user.id, { email: null }, { ...by, ...freshLogin }),
      /** How many ways in the account has. */
      async left() {
        const { email } = await read()
        const all = [app.identities.list(user), app.passkeys?.list(user)]
        return (await Promise.all(all)).flat().length + (email === null ? 0 : 1)
      }
    }
  }
  return { app, other, config, account }
}

t.test('The last way to log in is not removed: an account elsewhere', async t => {
  const { account } = await createNodes(t)
  const { unlink, left } = await account({})
  await t.rejects(unlink(), lastWay)
  t.equal(await left(), 1)
  const { unlink: unlinkOne } = await account({ identities: 2 })
  await unlinkOne(0)
  await t.rejects(unlinkOne(1), lastWay)
  for (const beside of [{ hasPassword: true }, { passkeys: 1 }, { hasAddress: true }])
    await t.resolves((await account(beside)).unlink(), JSON.stringify(beside))
})

t.test('A way to log in counts only where it is configured', async t => {
  const { account } = await createNodes(t, { emailCodes: 'off' })
  await t.rejects((await account({ hasAddress: true })).unlink(), lastWay)
  const { account: makeOne, config } = await createNodes(t)
  const { unlink } = await makeOne({ passkeys: 1, hasAddress: true })
  const { databaseUrl, identityProviders } = config
  const { app: withoutOthers } = await createServices(t, { databaseUrl, identityProviders })
  await t.rejects(unlink(0, withoutOthers), lastWay)
  const { app: withoutIssuer } = await createServices(t, { databaseUrl })
  const { unlink: unlinkOne } = await makeOne({ identities: 2 })
  await t.rejects(unlinkOne(0, withoutIssuer), lastWay)
  await unlinkOne(0)
})

t.test('An address is no way to log in where two factors are needed', async t => {
  const { account } = await createNodes(t, { secondFactor: 'required' })
  await t.rejects((await account({ hasAddress: true })).unlink(), lastWay)
})

t.test('The last way to log in is not removed: a passkey', async t => {
  const { account } = await createNodes(t)
  const { unlink, removePasskey, left } = await account({ passkeys: 1 })
  await unlink()
  await t.rejects(removePasskey(), lastWay)
  t.equal(await left(), 1)
  const { removePasskey: removeOne } = await account({ passkeys: 2 })
  await removeOne(0)
  await removeOne(1)
})

t.test('The last way to log in is not removed: an address', async t => {
  const { account } = await createNodes(t)
  const { unlink, removeAddress } = await account({ hasAddress: true })
  await unlink()
  await t.rejects(removeAddress(), lastAddress)
  for (const beside of [{ hasAddress: true }, { hasAddress: true, hasPassword: true }])
    t.match(await (await account(beside)).removeAddress(), { email: null })
})

t.test('Of the last two ways to log in that are removed at once on two nodes, one stays', async t => {
  const { app, other, account } = await createNodes(t)
  for (let n = 0; n < 2; n++) {
    const [one, two] = n % 2 ? [app, other] : [other, app]
    const made = [
      await account({ identities: 2 }),
      await account({ hasAddress: true }),
      await account({ passkeys: 1 })
    ] as const
    const removals = [
      () => [made[0].unlink(0, one), made[0].unlink(1, two)],
      () => [made[1].unlink(0, one), made[1].removeAddress(two)],
      () => [made[2].unlink(0, one), made[2].removePasskey(0, two)]
    ]
    for (const [at, remove] of removals.entries()) {
      const ends = await Promise.allSettled<unknown>(remove())
      t.strictSame(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], `pair ${at}`)
      t.equal(await made[at]?.left(), 1)
    }
  }
})
