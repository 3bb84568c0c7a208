import type { Test } from 'tap'
import type { NewMail } from '../../src/store/mail.ts'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import { plansOf } from '../support/plans.ts'
import { at, createStore, event, newMail, newUser, openEngine, start } from '../support/store.ts'

/** A store, and a second connection to its database, like that of another process. */
async function createQueue(t: Test, engine: EngineName) {
  const made = await createStore(t, engine)
  const { db, schema } = openEngine(t, made.url)
  return { ...made, mail: made.store.mail, rows: async () => await db.select().from(schema.mail), db, schema }
}

engineTest('Due messages come first in order of their due time, up to the requested number', async (t, engine) => {
  const { mail } = await createQueue(t, engine)
  const [late, first, second] = [10, 1, 2].map(seconds => newMail({ nextAttemptAt: at(seconds) }))
  for (const message of [late, second, first]) await mail.queue(message as NewMail, event('asked'))
  t.strictSame(await mail.due(at(0), 5), [])
  t.strictSame(await mail.due(at(2), 5), [
    { ...first, attempts: 0 },
    { ...second, attempts: 0 }
  ])
  t.strictSame(
    (await mail.due(at(99), 2)).map(({ id }) => id),
    [first?.id, second?.id]
  )
  t.equal(await mail.count(), 3)
})

engineTest('Due messages are read page by page through one index, even if due at one time', async (t, engine) => {
  const { mail, url } = await createQueue(t, engine)
  for (let n = 0; n < 5; n++) await mail.queue(newMail(n < 4 ? {} : { nextAttemptAt: at(1) }), event('asked'))
  const all = await mail.due(at(1), 9)
  const [first, second, third] = [await mail.due(at(1), 2), await mail.due(at(1), 2, all[1]), all.slice(4)]
  t.strictSame([...first, ...second, ...third], all)
  t.strictSame(await mail.due(at(1), 2, all[3]), third)
  const [plan] = await plansOf(t, url, () => mail.due(at(1), 2, all[1]))
  t.match(plan, 'mail_due')
  t.notMatch(plan, /sort|temp b-tree|scan mail/i)
})

engineTest('One of several processes claims an attempt, and the next attempt is postponed', async (t, engine) => {
  const { mail } = await createQueue(t, engine)
  await mail.queue(newMail(), event('asked'))
  const [row] = await mail.due(start, 1)
  if (!row) return t.fail('there is none')
  const claims = await Promise.all(Array.from({ length: 10 }, () => mail.claim(row, at(60))))
  t.equal(claims.filter(Boolean).length, 1)
  t.strictSame(await mail.due(at(59), 1), [])
  t.strictSame(await mail.due(at(60), 1), [{ ...row, attempts: 1, nextAttemptAt: at(60) }])
  t.equal(await mail.claim(row, at(90)), false, 'a row read before a claim cannot be claimed again')
  await mail.remove(row.id)
  t.equal(await mail.count(), 0)
})

engineTest('A message is queued together with the event of its request, or not at all', async (t, engine) => {
  const { mail, trail } = await createQueue(t, engine)
  const message = newMail()
  await mail.queue(message, event('asked'))
  await t.rejects(mail.queue(message, event('asked again')), { name: 'StoreError', code: 'conflict' })
  t.match(await trail(), [{ action: 'asked' }])
  t.equal((await trail()).length, 1)
})

engineTest('A change and the messages that report it are one transaction', async (t, engine) => {
  const { store, rows } = await createQueue(t, engine)
  const user = newUser('alice', { passwordHash: 'old' })
  const [made, moved, changed] = [newMail({ userId: user.id }), newMail(), newMail()]
  const change = { id: user.id, from: 'old', to: 'new', now: at(1) }

  await store.users.insert(user, event('user.created'), [made])
  await store.users.update(user.id, { email: 'new@example.com', updatedAt: at(1) }, event('user.updated'), [moved])
  await store.users.replacePassword(change, event('user.password_changed'), [changed])
  const queued = (await rows()).map(({ id }) => id).sort()
  t.strictSame(queued, [made.id, moved.id, changed.id].sort())

  t.equal(await store.users.insert(user, event('x'), [newMail()]), undefined)
  t.equal(await store.users.update('unknown', { updatedAt: at(1) }, event('x'), [newMail()]), undefined)
  t.equal(await store.users.replacePassword(change, event('x'), [newMail()]), false)
  t.equal(await store.mail.count(), 3, 'a change that does not happen queues nothing')
})

engineTest('A link for a user is deleted with the user, a notice stays', async (t, engine) => {
  const { store, db, schema, rows } = await createQueue(t, engine)
  const user = newUser('alice')
  await store.users.insert(user, event('user.created'), [newMail({ kind: 'verify_email', userId: user.id })])
  await store.mail.queue(newMail(), event('x'))
  await db.delete(schema.users)
  t.match(await rows(), [{ kind: 'password_changed' }])
  t.equal((await rows()).length, 1)
})
