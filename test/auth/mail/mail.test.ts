import t, { type Test } from 'tap'
import { createServices, createVerifiedUser, freshLogin, password } from '../../support/app.ts'

const address = 'victim@example.com'
const halfHour = 1800

/** An app, functions that register accounts with an address, and one that counts the links queued for an account. */
async function withRegistrations(t: Test) {
  const { app, clock } = await createServices(t, {})
  let names = 0
  const register = (email: string | null = address) =>
    app.users.register({ username: `user${names++}`, password, email }, {})
  const queued = async () => await app.db.mail.due(clock.now(), 1000)
  return {
    app,
    clock,
    register,
    queued,
    async registerMany(count: number) {
      for (let n = 0; n < count; n++) await register()
    },
    linksOf: async (id: string) => (await queued()).filter(({ userId }) => userId === id).length,
    ask: async (id: string) =>
      app.emailVerification.request(await app.userAdmin.byId(id), { actor: id, ip: `10.0.${names++}.1` })
  }
}

t.test('Other accounts with the same address cannot hold back the first link of an account', async t => {
  const { registerMany, register, linksOf, ask, queued } = await withRegistrations(t)
  await registerMany(6)
  for (const { userId } of await queued()) await ask(String(userId))
  const victim = await register()
  t.equal(await linksOf(victim.id), 1)
  await ask(victim.id)
  t.equal(await linksOf(victim.id), 1, 'the next link counts by address')
})

t.test('First links to one address are fifty at once, and then one each half hour', async t => {
  const { clock, registerMany, queued, ask, register, linksOf } = await withRegistrations(t)
  await registerMany(60)
  const links = await queued()
  t.equal(links.length, 53, 'three more by address')
  for (let n = 0; n < 2; n++) {
    clock.advance(halfHour - 1)
    // Uses up what the count by address allows again.
    for (let i = 0; i < 3; i++) await ask(String(links[0]?.userId))
    t.equal(await linksOf((await register()).id), 0)
    clock.advance(1)
    const [first, second] = [await register(), await register()]
    t.strictSame([await linksOf(first.id), await linksOf(second.id)], [1, 0])
  }
})

t.test('An account has one first link to an address, however it asks', async t => {
  const { app, clock, register, registerMany, linksOf, queued, ask } = await withRegistrations(t)
  const { id } = await register(null)
  await registerMany(6)
  const [other] = await queued()
  for (let n = 0; n < 4; n++) await ask(String(other?.userId))
  const change = (email: string | null) => app.users.updateProfile(id, { email }, freshLogin)
  await change(address)
  t.equal(await linksOf(id), 1)
  for (const email of ['other@example.com', address, null, address.toUpperCase(), null, address]) await change(email)
  const toAddress = async () => (await queued()).filter(row => row.userId === id && row.address === address)
  t.equal((await toAddress()).length, 1, 'other forms, and back and forth')
  clock.advance(24 * 3600)
  await Promise.all(
    Array.from({ length: 10 }, () => app.mail.link('verify_email', { id, email: address, locale: null }))
  )
  await change('third@example.com')
  await change(address)
  t.equal((await toAddress()).length, 1, 'on the next day')
})

t.test('Of many requests at once, one has the first link', async t => {
  const { app, register, queued, registerMany, ask } = await withRegistrations(t)
  await registerMany(1)
  const [other] = await queued()
  for (let n = 0; n < 3; n++) await ask(String(other?.userId))
  const { id } = await register(null)
  const link = (id: string) => app.mail.link('verify_email', { id, email: address, locale: null })
  for (const links of [1, 0])
    t.equal((await Promise.all(Array.from({ length: 20 }, () => link(id)))).flat().length, links)
  t.equal((await link('another account')).length, 1, 'what was refused counts nowhere')
})

t.test('Links for new passwords read and write the same for any address, also past the limits', async t => {
  const { app } = await createServices(t, {})
  await createVerifiedUser(app, 'alice')
  const calls: string[] = []
  for (const [table, names] of [
    ['throttle', ['counters', 'take', 'giveBack']],
    ['mail', ['queue']],
    ['users', ['byVerifiedEmail', 'byId']],
    ['audit', ['record']]
  ] as const) {
    const store = app.db[table] as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const name of names) {
      const call = store[name] as (...args: unknown[]) => unknown
      store[name] = (...args) => {
        calls.push(name)
        return call(...args)
      }
    }
  }
  const callsOf = async (email: string) => {
    for (let n = 0; n < 6; n++) await app.passwordReset.request(email, { ip: '192.0.2.1' })
    return calls.splice(0)
  }
  const known = await callsOf('alice@example.com')
  t.equal(known.filter(name => name === 'queue').length, 3)
  t.strictSame(await callsOf('mallory@example.com'), known)
})
