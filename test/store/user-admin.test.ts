import type { Test } from 'tap'
import type { UserRow } from '../../src/store/users.ts'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import { at, checkedLogin, createStore, disable, event, newSession, newUser, openEngine } from '../support/store.ts'

const scope = 'users:write'

/** A store with an account for each name, with its scopes. */
async function withUsers<Name extends string>(t: Test, engine: EngineName, scopes: Record<Name, string[]>) {
  const made = await createStore(t, engine)
  const users = {} as Record<Name, UserRow>
  for (const [name, own] of Object.entries(scopes) as [Name, string[]][]) {
    users[name] = (await made.store.users.insert(newUser(name, { scopes: own }), event('user.created'))) as UserRow
  }
  const { userAdmin } = made.store
  const change = (user: UserRow, changes: Partial<UserRow>, { kept }: { kept: string | undefined } = { kept: scope }) =>
    userAdmin.change(user, { disabled: user.disabled, scopes: user.scopes, ...changes, updatedAt: at(2) }, kept, [
      event('changed')
    ])
  const remove = (user: UserRow) => userAdmin.remove(user, scope, event('removed'))
  const count = async (action: string) => (await made.trail()).filter(one => one.action === action).length
  return { ...made, userAdmin, users, change, remove, count }
}

engineTest('Disabling a user ends every live session of that user, and no other', async (t, engine) => {
  const { store, trail, addSessions } = await createStore(t, engine)
  const [alice, bob] = [newUser('alice'), newUser('bob')]
  const sessions = [newSession(alice.id), newSession(alice.id), newSession(bob.id)]
  for (const user of [alice, bob]) await store.users.insert(user, event('user.created'))
  await addSessions(...sessions)
  const [first, , others] = sessions.map(({ id }) => id) as [string, string, string]
  await store.sessions.end({ id: first }, at(0), event('session.ended'))

  t.match(await disable(store, alice), { disabled: true, updatedAt: at(1) })
  t.strictSame(await store.sessions.ofUser(alice.id, at(3)), [])
  t.strictSame((await store.sessions.withUser(first))?.session.revokedAt, at(0), 'an ended session keeps its time')
  t.strictSame(
    (await store.sessions.ofUser(bob.id, at(3))).map(({ id }) => id),
    [others]
  )
  t.ok((await trail()).some(({ action }) => action === 'user.disabled'))
})

engineTest('A change requires that the row is as it was read', async (t, engine) => {
  const { users, change, count } = await withUsers(t, engine, { alice: ['me'], root: [scope] })
  const { alice } = users
  const changed = (await change(alice, { scopes: ['me', 'shop:buy'] })) as UserRow
  t.match(changed, { scopes: ['me', 'shop:buy'], disabled: false, updatedAt: at(2) })
  t.equal(await change(alice, { scopes: [] }), undefined, 'its scopes have changed')
  const disabled = (await change(changed, { disabled: true })) as UserRow
  t.equal(await change(changed, { scopes: [] }), undefined, 'it was disabled')
  t.equal((await change(disabled, { disabled: false }))?.disabled, false)
  t.equal(await change({ ...alice, id: 'unknown' }, {}), undefined)
  t.equal(await count('changed'), 3)
})

engineTest('The last account with the kept scope is not disabled, stripped of it or deleted', async (t, engine) => {
  const { userAdmin, users, change, remove, store } = await withUsers(t, engine, {
    root: ['me', scope],
    gone: [scope],
    // Similar names of scopes do not count.
    near: ['users:writer', 'x-users:write', 'users', 'write']
  })
  await change(users.gone, { disabled: true })
  t.equal(await userAdmin.hasOther(users.root.id, scope), false)
  t.equal(await userAdmin.hasOther(users.near.id, scope), true)
  t.equal(await change(users.root, { disabled: true }), undefined)
  t.equal(await change(users.root, { scopes: ['me'] }), undefined)
  t.equal(await remove(users.root), undefined)
  t.strictSame(await store.users.byId(users.root.id), users.root)
  t.strictSame(
    (await change(users.root, { scopes: [scope] }, { kept: undefined }))?.scopes,
    [scope],
    'a change that keeps the scope is allowed'
  )
  t.ok(await change(users.near, { scopes: [] }), 'an account without the scope can lose its scopes')
  t.match(await remove({ ...users.gone, disabled: true }), { id: users.gone.id })
})

engineTest('Deleting a user deletes their sessions and prefixes, but not their audit events', async (t, engine) => {
  const { store, users, remove, count, url } = await withUsers(t, engine, { alice: ['me'], root: [scope] })
  const { alice } = users
  const session = newSession(alice.id)
  t.ok(await store.sessions.insertLogin(session, checkedLogin(), event('login.succeeded')))
  t.equal(await remove({ ...alice, passwordHash: 'another' }), undefined, 'the password was changed meanwhile')
  t.match(await remove(alice), { id: alice.id, lastLoginAt: session.createdAt }, 'the row as it was last')
  t.equal(await remove(alice), undefined)
  const { db, schema } = openEngine(t, url)
  t.strictSame(await db.select().from(schema.sessions), [])
  t.strictSame(await db.select().from(schema.knownPrefixes), [])
  t.equal(await store.users.byId(alice.id), undefined)
  t.equal(await count('removed'), 1)
})
