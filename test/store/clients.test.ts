import t from 'tap'
import type { ClientRow } from '../../src/store/clients.ts'
import type { NewSession } from '../../src/store/sessions.ts'
import { engines } from '../support/engines.ts'
import { at, createStore, event, newClient, newSession, newUser, start } from '../support/store.ts'

for (const engine of engines) {
  t.test(`clients on ${engine}`, async t => {
    t.test('a client is read as it was written, by id and by name (RFC 6749 §2.2)', async t => {
      const { store, trail } = await createStore(t, engine)
      const client = newClient('shop')
      const row = { ...client, disabled: false }
      t.strictSame(await store.clients.insert(client, event('client.created')), row)
      t.strictSame(await store.clients.byId(client.id), row)
      t.strictSame(await store.clients.byName('shop'), row)
      t.match(await trail(), [{ action: 'client.created' }])
    })

    t.test('a public client has no secret (RFC 6749 §2.1)', async t => {
      const { store } = await createStore(t, engine)
      t.equal((await store.clients.insert(newClient('app', { secretHash: null }), event('x')))?.secretHash, null)
    })

    t.test('an unknown client is undefined, and not an error', async t => {
      const { store, trail } = await createStore(t, engine)
      t.equal(await store.clients.byId('nothing'), undefined)
      t.equal(await store.clients.byName('nothing'), undefined)
      t.equal(
        await store.clients.update(
          { ...newClient('nothing'), disabled: false },
          { updatedAt: start },
          event('client.updated')
        ),
        undefined
      )
      t.equal(await store.clients.delete('nothing', start, event('client.deleted')), false)
      t.strictSame(await store.clients.page('', 10), [])
      t.strictSame(await trail(), [])
    })

    t.test('a taken name is undefined and leaves no audit event', async t => {
      const { store, trail } = await createStore(t, engine)
      await store.clients.insert(newClient('shop'), event('first'))
      t.equal(await store.clients.insert(newClient('shop'), event('second')), undefined)
      t.strictSame(
        (await trail()).map(({ action }) => action),
        ['first']
      )
    })

    t.test('a page starts after a name, in the order of names', async t => {
      const { store } = await createStore(t, engine)
      for (const name of ['b', 'c', 'a']) await store.clients.insert(newClient(name), event('client.created'))
      const names = async (after: string, limit: number) =>
        (await store.clients.page(after, limit)).map(({ name }) => name)
      t.strictSame(await names('', 2), ['a', 'b'])
      t.strictSame(await names('b', 2), ['c'])
      t.strictSame(await names('c', 2), [])
    })

    t.test('a change applies to the version that was read, and requires a free name', async t => {
      const { store, trail } = await createStore(t, engine)
      const shop = { ...newClient('shop'), disabled: false }
      for (const client of [shop, newClient('bank')]) await store.clients.insert(client, event('client.created'))
      const change = (client: ClientRow, changes: Partial<ClientRow>) =>
        store.clients.update(client, { ...changes, updatedAt: at(1) }, event('changed'))
      t.equal(await change({ ...shop, scopes: ['me'] }, { name: 'stale' }), undefined)
      t.equal(await change({ ...shop, grants: ['password'] }, { name: 'stale' }), undefined)
      t.equal(await change(shop, { name: 'bank' }), undefined)
      t.equal((await change(shop, { name: 'shop' }))?.name, 'shop')
      t.equal((await trail()).filter(({ action }) => action === 'changed').length, 1)
    })

    t.test("other grants, scopes or secrets end the client's own sessions, and no session of a user", async t => {
      const { store } = await createStore(t, engine)
      const user = newUser('alice')
      await store.users.insert(user, event('user.created'))
      for (const change of [
        { name: 'other' },
        { grants: ['password'] },
        { scopes: ['me'] },
        { secretHash: 'another' }
      ]) {
        const client = newClient(Object.keys(change)[0])
        await store.clients.insert(client, event('client.created'))
        const [own, ofUser] = [null, user.id].map(userId => newSession(userId, { clientId: client.id }))
        for (const session of [own, ofUser])
          await store.sessions.insert(session as NewSession, event('login.succeeded'))
        await store.clients.update({ ...client, disabled: false }, { ...change, updatedAt: at(1) }, event('changed'))
        const revokedAt = async (session?: NewSession) =>
          (await store.sessions.withUser(String(session?.id)))?.session.revokedAt
        t.strictSame(await revokedAt(own), 'name' in change ? null : at(1), JSON.stringify(change))
        t.equal(await revokedAt(ofUser), null, JSON.stringify(change))
      }
    })

    t.test('an update changes only the given fields and keeps the sessions', async t => {
      const { store, trail } = await createStore(t, engine)
      const client = newClient('shop')
      await store.clients.insert(client, event('client.created'))
      const user = newUser('alice')
      await store.users.insert(user, event('user.created'))
      const session = newSession(user.id, { clientId: client.id })
      await store.sessions.insert(session, event('login.succeeded'))
      const changes = { secretHash: 'another hash', updatedAt: at(1) }
      const row = { ...client, ...changes, disabled: false }
      t.strictSame(
        await store.clients.update({ ...client, disabled: false }, changes, event('client.secret_rotated')),
        row
      )
      t.equal((await store.sessions.withUser(session.id))?.session.revokedAt, null)
      t.equal((await trail()).filter(({ action }) => action === 'client.secret_rotated').length, 1)
    })

    t.test('disabling or deleting a client ends its sessions, and no others', async t => {
      for (const way of ['disable', 'delete']) {
        const { store, trail } = await createStore(t, engine)
        const [shop, bank] = [newClient('shop'), newClient('bank')]
        const user = newUser('alice')
        await store.users.insert(user, event('user.created'))
        for (const client of [shop, bank]) await store.clients.insert(client, event('client.created'))
        const [ended, mine, theirs] = [
          newSession(user.id, { clientId: shop.id }),
          newSession(user.id, { clientId: shop.id }),
          newSession(user.id, { clientId: bank.id })
        ]
        for (const session of [ended, mine, theirs]) await store.sessions.insert(session, event('login.succeeded'))
        await store.sessions.end({ id: ended.id }, at(1), event('session.ended'))

        if (way === 'delete') {
          t.equal(await store.clients.delete(shop.id, at(2), event('the change')), true)
          t.equal(await store.clients.byId(shop.id), undefined)
        } else {
          const row = await store.clients.update(
            { ...shop, disabled: false },
            { disabled: true, updatedAt: at(2) },
            event('the change')
          )
          t.match(row, { disabled: true, updatedAt: at(2) })
        }
        const revokedAt = async (id: string) => (await store.sessions.withUser(id))?.session.revokedAt
        t.strictSame(await revokedAt(ended.id), at(1), `${way}: ended sessions keep their time`)
        t.strictSame(await revokedAt(mine.id), at(2), way)
        t.equal(await revokedAt(theirs.id), null, way)
        t.equal((await trail()).filter(({ action }) => action === 'the change').length, 1, way)
      }
    })
  })
}
