import { count, isNull } from 'drizzle-orm'
import type { Test } from 'tap'
import { type ClientRow, createClientStore } from '../../src/store/clients.ts'
import type { NewSession } from '../../src/store/sessions.ts'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import {
  addCopies,
  at,
  createStore,
  event,
  firstEpochs,
  newClient,
  newSession,
  newUser,
  openEngine,
  start
} from '../support/store.ts'

/** A store with the user alice and two clients, each with a session of its own and one of alice. */
async function withSessions(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  const { store, addSessions } = made
  const user = newUser('alice')
  await store.users.insert(user, event('user.created'))
  async function add(name: string) {
    const client = (await store.clients.insert(newClient(name), event('client.created'))) as ClientRow
    const of = { clientId: client.id, clientEpoch: 0 }
    const [own, login] = [newSession(null, of), newSession(user.id, of)]
    await addSessions(own, login)
    return { client, own, login }
  }
  /** Whether the client's own session has ended, and that of alice. */
  const ended = async ({ own, login }: Record<'own' | 'login', NewSession>) =>
    await Promise.all([own, login].map(async ({ id }) => (await store.sessions.withUser(id))?.endedByClient))
  const change = (client: ClientRow, changes: Partial<ClientRow>) =>
    store.clients.update(client, { ...changes, updatedAt: at(1) }, event('changed')) as Promise<ClientRow>
  return { ...made, user, shop: await add('shop'), bank: await add('bank'), ended, change }
}

engineTest('A client is read as it was written, by id and by name (RFC 6749 §2.2)', async (t, engine) => {
  const { store, trail } = await createStore(t, engine)
  const client = newClient('shop')
  const row = { ...client, ...firstEpochs }
  t.strictSame(await store.clients.insert(client, event('client.created')), row)
  t.strictSame(await store.clients.byId(client.id), row)
  t.strictSame(await store.clients.byName('shop'), row)
  t.match(await trail(), [{ action: 'client.created' }])
  const app = await store.clients.insert(newClient('app', { secretHash: null }), event('x'))
  t.equal(app?.secretHash, null, 'that of a public client (§2.1)')
})

engineTest('An unknown client is undefined, and not an error', async (t, engine) => {
  const { store, trail } = await createStore(t, engine)
  t.equal(await store.clients.byId('nothing'), undefined)
  t.equal(await store.clients.byName('nothing'), undefined)
  t.equal(
    await store.clients.update(
      { ...newClient('nothing'), ...firstEpochs },
      { updatedAt: start },
      event('client.updated')
    ),
    undefined
  )
  t.equal(await store.clients.delete('nothing', event('client.deleted')), false)
  t.strictSame(await store.clients.page('', 10), { rows: [] })
  t.strictSame(await trail(), [])
})

engineTest('A taken name is undefined and leaves no audit event', async (t, engine) => {
  const { store, actions } = await createStore(t, engine)
  await store.clients.insert(newClient('shop'), event('first'))
  t.equal(await store.clients.insert(newClient('shop'), event('second')), undefined)
  t.strictSame(await actions(), ['first'])
})

engineTest('A page starts after a name, in the order of names', async (t, engine) => {
  const { store } = await createStore(t, engine)
  for (const name of ['b', 'c', 'a']) await store.clients.insert(newClient(name), event('client.created'))
  const names = async (after: string, limit: number) =>
    (await store.clients.page(after, limit)).rows.map(({ name }) => name)
  t.strictSame(await names('', 2), ['a', 'b'])
  t.strictSame(await names('b', 2), ['c'])
  t.strictSame(await names('c', 2), [])
})

engineTest('A change needs the permissions and the secret that were read, and a free name', async (t, engine) => {
  const { trail, shop, change } = await withSessions(t, engine)
  t.equal(await change(shop.client, { name: 'bank' }), undefined)
  t.match(await change(shop.client, { name: 'shop' }), { name: 'shop', updatedAt: at(1) }, 'its own name is free')
  let before = shop.client
  for (const changes of [{ scopes: ['me'] }, { grants: ['password'] }, { secretHash: 'x' }, { disabled: true }]) {
    const after = await change(before, changes)
    t.match(after, changes)
    t.equal(await change(before, { name: 'stale' }), undefined, JSON.stringify(changes))
    before = after
  }
  t.match(await change(before, { disabled: false }), { name: 'shop', disabled: false, scopes: ['me'] })
  t.equal((await trail()).filter(({ action }) => action === 'changed').length, 6)
})

engineTest("Other grants, scopes or secrets end a client's own sessions, and none of a user", async (t, engine) => {
  for (const changes of [{ grants: ['password'] }, { scopes: ['me'] }, { secretHash: 'another' }]) {
    const { shop, bank, ended, change } = await withSessions(t, engine)
    const renamed = await change(shop.client, { name: 'other' })
    t.strictSame(await ended(shop), [false, false], 'a new name ends nothing')
    t.strictSame(await change(renamed, changes), { ...renamed, ...changes, ownEpoch: 1 }, 'nothing else changes')
    t.strictSame(await ended(shop), [true, false], JSON.stringify(changes))
    t.strictSame(await ended(bank), [false, false], 'nor does the change of another client')
  }
})

engineTest('Disabling a client ends its sessions for good, and no others', async (t, engine) => {
  const { store, user, shop, bank, ended, change } = await withSessions(t, engine)
  const live = async () => (await store.sessions.ofUser(user.id, at(2))).map(({ clientId }) => clientId).sort()
  t.strictSame(await live(), [shop.client.id, bank.client.id].sort())
  const disabled = await change(shop.client, { disabled: true })
  t.strictSame(await ended(shop), [true, true])
  t.strictSame(await live(), [bank.client.id])
  await change(disabled, { disabled: false })
  t.strictSame(await ended(shop), [true, true], 'also after it is enabled again')
  t.strictSame(await ended(bank), [false, false])
  t.strictSame(await live(), [bank.client.id])
})

engineTest('A client is disabled and deleted without a write to its sessions', async (t, engine) => {
  const { url, shop, ended } = await withSessions(t, engine)
  for (const { id } of [shop.own, shop.login]) await addCopies(url, 'sessions', { id, count: 100 })
  const below = openEngine(t, url)
  const { sessions } = below.schema
  const untouched = () => below.db.select({ rows: count() }).from(sessions).where(isNull(sessions.revokedAt))
  const before = await untouched()
  const clients = createClientStore(below)
  t.ok(await clients.update(shop.client, { disabled: true, updatedAt: at(1) }, event('changed')))
  t.strictSame(await ended(shop), [true, true])
  t.equal(await clients.delete(shop.client.id, event('client.deleted')), true)
  t.strictSame(await ended(shop), [true, true])
  t.strictSame(await untouched(), before)
})
