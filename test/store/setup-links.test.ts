import type { Test } from 'tap'
import type { Store } from '../../src/store/open.ts'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import { at, createStore, event, newUser, openEngine } from '../support/store.ts'

const privileged = ['users:write', 'audit:read']

/** A store with the link `first`, which expires after one minute. */
async function withLink(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  await made.store.setupLinks.replace({ hash: 'first', expiresAt: at(60) })
  const { db, schema } = openEngine(t, made.url)
  return {
    ...made,
    links: made.store.setupLinks,
    hashes: async () => (await db.select().from(schema.setupLinks)).map(({ hash }) => hash),
    usernames: async () => (await made.store.users.page('', 100)).rows.map(({ username }) => username)
  }
}

const administrator = (username: string) => newUser(username, { scopes: ['me', ...privileged] })

const redeem = (store: Store, hash: string, user = administrator('root'), now = at(0)) =>
  store.setupLinks.redeem(hash, { user, privileged, now }, event('user.created', { subject: user.id }))

engineTest('A link works once, until it expires', async (t, engine) => {
  const { store, links, trail, usernames, hashes } = await withLink(t, engine)
  t.strictSame([await links.has('first', at(59)), await links.has('first', at(60))], [true, false])
  t.equal(await links.has('another', at(0)), false)
  t.equal(await redeem(store, 'another'), false)
  t.equal(await redeem(store, 'first', administrator('root'), at(60)), false)
  t.strictSame([await usernames(), await hashes(), await trail()], [[], ['first'], []], 'nothing was changed')
  t.equal(await redeem(store, 'first', administrator('root'), at(59)), true)
  t.equal(await redeem(store, 'first', administrator('eve')), false)
  t.strictSame([await usernames(), await hashes(), (await trail()).length], [['root'], [], 1])
})

engineTest('A new link replaces all others', async (t, engine) => {
  const { links, hashes } = await withLink(t, engine)
  await Promise.all(['a', 'b', 'c'].map(hash => links.replace({ hash, expiresAt: at(60) })))
  t.equal((await hashes()).length, 1, 'of links that are made at once, one stays')
  await links.replace({ hash: 'last', expiresAt: at(60) })
  t.strictSame(await hashes(), ['last'])
})

engineTest('No link works while an account has a privileged scope, even if it cannot log in', async (t, engine) => {
  const { store, links, hashes } = await withLink(t, engine)
  // Similar names of scopes do not count.
  const near = newUser('near', { scopes: ['me', 'users:writer', 'x-audit:read'] })
  await store.users.insert(near, event('user.created'))
  t.equal(await links.someHold(privileged), false)
  const { id } = (await store.users.insert(newUser('carol', { scopes: ['audit:read'] }), event('x'))) ?? near
  await store.users.update(id, { disabled: true, updatedAt: at(1) }, event('user.disabled'))
  t.equal(await links.someHold(privileged), true)
  t.equal(await redeem(store, 'first'), false)
  t.strictSame(await hashes(), ['first'])
})

engineTest('A taken username leaves the link and records nothing', async (t, engine) => {
  const { store, hashes, trail } = await withLink(t, engine)
  await store.users.insert(newUser('root'), event('user.created'))
  t.equal(await redeem(store, 'first'), false)
  t.strictSame([await hashes(), (await trail()).length], [['first'], 1])
})
