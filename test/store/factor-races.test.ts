import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Store } from '../../src/store/open.ts'
import type { PasskeyRow } from '../../src/store/second-factors.ts'
import type { UserRow } from '../../src/store/users.ts'
import { type EngineName, engines } from '../support/engines.ts'
import { hold, overlap } from '../support/locks.ts'
import { pgTest } from '../support/pg-test.ts'
import { at, createStore, event, newMail, newSession, newUser, openNode, start } from '../support/store.ts'

/** A store with a user who has two live sessions, a passkey, recovery codes and an app that is not confirmed. */
async function withFactors(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  const { store } = made
  const added = (await store.users.insert(newUser(), event('user.created'))) as UserRow
  const [session, other] = [newSession(added.id), newSession(added.id)]
  await made.addSessions(session, other)
  const passkey = newPasskey(added.id)
  const recoveryCodes = [{ hash: 'hash', userId: added.id, keySealed: 'sealed' }]
  const first = { now: start, event: event('x'), messages: [], spent: [], session: session.id, recoveryCodes }
  await store.secondFactors.insertPasskey(added, passkey, first)
  const user = (await store.users.byId(added.id)) as UserRow
  const app = { id: randomUUID(), secretSealed: 'sealed', createdAt: at(1) }
  await store.secondFactors.insertPending(user, app)
  const factor = { now: at(2), event: event('changed'), messages: [], session: session.id }
  const changes: Record<string, (store: Store) => Promise<boolean>> = {
    'a new passkey': ({ secondFactors }) =>
      secondFactors.insertPasskey(user, newPasskey(user.id, 'another'), { ...factor, spent: [] }),
    'a confirmed app': ({ secondFactors }) =>
      secondFactors.confirmTotp(user, { ...app, userId: user.id, confirmedAt: null }, { ...factor, spent: [] }),
    'the removal of a factor': ({ secondFactors }) =>
      secondFactors.remove(user, passkey.id, { ...factor, isLast: true }),
    'new recovery codes': ({ secondFactors }) =>
      secondFactors.replaceRecoveryCodes(user, {
        ...factor,
        recoveryCodes: [{ hash: 'new', userId: user.id, keySealed: 'sealed' }]
      })
  }
  return { ...made, user, session, passkey, changes }
}

const newPasskey = (userId: string, credentialId = 'credential'): PasskeyRow => ({
  id: randomUUID(),
  userId,
  credentialId,
  publicKey: 'key',
  counter: 0,
  synced: false,
  backedUp: false,
  transports: [],
  name: 'Phone',
  createdAt: start,
  lastUsedAt: null
})

const names = ['a new passkey', 'a confirmed app', 'the removal of a factor', 'new recovery codes']

const endAll = ({ sessions }: Store, user: UserRow) =>
  sessions.endAll(user.id, undefined, at(3), event('session.ended'))

for (const engine of engines)
  for (const name of names)
    t.test(`${name} does nothing after the session of its request has ended, on ${engine}`, async t => {
      const { store, user, session, changes, trail } = await withFactors(t, engine)
      const before = await store.secondFactors.ofUser(user.id)
      await store.sessions.end({ id: session.id }, at(2), event('session.ended'))
      t.equal(await changes[name]?.(store), false)
      t.strictSame(await store.secondFactors.ofUser(user.id), before)
      t.strictSame(await store.users.byId(user.id), user)
      t.notOk((await trail()).some(({ action }) => action === 'changed'))
    })

for (const engine of engines)
  t.test(`A passkey is not used after an account elsewhere that was unlinked, on ${engine}`, async t => {
    const { store, user, passkey, trail } = await withFactors(t, engine)
    const use = { passkey: { id: passkey.id, counter: 1, backedUp: false, lastUsedAt: at(3) }, spent: [] }
    t.equal(await store.secondFactors.use(user, { ...use, identity: 'unlinked' }, event('refused')), false)
    t.equal(await store.secondFactors.use(user, use, event('used')), true)
    const actions = (await trail()).map(({ action }) => String(action))
    t.strictSame([actions.includes('refused'), actions.includes('used')], [false, true])
  })

for (const name of names) {
  pgTest(`${name} does nothing while the end of all logins is under way`, async t => {
    const { url, store, user, changes } = await withFactors(t, 'postgres')
    const node = await openNode(t, url)
    const before = await store.secondFactors.ofUser(user.id)
    const done = await overlap(
      t,
      url,
      () => endAll(node, user),
      async () => changes[name]?.(store)
    )
    t.strictSame(done, [1, false])
    t.strictSame(await store.secondFactors.ofUser(user.id), before)
  })

  pgTest(`The end of all logins waits for ${name}, once its session was checked`, async t => {
    const { url, store, user, changes, trail } = await withFactors(t, 'postgres')
    const node = await openNode(t, url)
    // The change has found its session live when it waits for the user.
    const held = hold(t, url, 'SELECT FROM users WHERE id = $1 FOR UPDATE', [user.id])
    const change = async () => changes[name]?.(store)
    t.strictSame(await overlap(t, url, change, () => endAll(node, user), held), [true, 1])
    t.match((await trail()).slice(-2), [{ action: 'changed' }, { action: 'session.ended' }])
    t.strictSame(await store.sessions.ofUser(user.id, start), [])
  })
}

pgTest('A passkey that is added while the account is taken back does not stay', async t => {
  const { url, store, session, passkey, changes } = await withFactors(t, 'postgres')
  const node = await openNode(t, url)
  // Without a factor before and after, the account looks unchanged to the request that adds one.
  t.equal(await changes['the removal of a factor']?.(store), true)
  const user = (await store.users.byId(passkey.userId)) as UserRow
  const message = newMail({ kind: 'factor_added', userId: user.id })
  await store.mail.queue(message, event('queued'))
  const purpose = 'undo_factor' as const
  const [state, address] = [passkey.createdAt.toISOString(), String(user.email)]
  const token = { hash: 'hash', purpose, userId: user.id, state, address, expiresAt: at(3600) }
  await store.oneTimeTokens.insert(token, message.id)
  const factor = { now: at(2), event: event('factor.added'), messages: [], spent: [], session: session.id }
  const done = await overlap(
    t,
    url,
    () => node.accountUndo.undo(token, at(2), event('factor.undone'), []),
    () => store.secondFactors.insertPasskey(user, newPasskey(user.id, 'another'), factor)
  )
  t.strictSame(done, [true, false])
  t.strictSame((await store.secondFactors.ofUser(user.id)).passkeys, [])
})
