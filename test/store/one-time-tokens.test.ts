import type { Test } from 'tap'
import type { EngineName } from '../support/engines.ts'
import { engineTest } from '../support/pg-test.ts'
import { at, createStore, event, newMail, newUser, openEngine, stopAfter } from '../support/store.ts'

/** A store in which alice has a token of a queued message with the hash `hash`, which expires after one minute. */
async function withToken(t: Test, engine: EngineName) {
  const { store, url } = await createStore(t, engine)
  const user = newUser('alice')
  const message = newMail({ kind: 'reset_password', userId: user.id })
  await store.users.insert(user, event('user.created'), [message])
  const token = {
    hash: 'hash',
    purpose: 'reset_password',
    userId: user.id,
    state: 'state',
    address: null,
    expiresAt: at(60)
  } as const
  t.equal(await store.oneTimeTokens.insert(token, message.id), true)
  return { store, tokens: store.oneTimeTokens, user, token, message, url }
}

engineTest('A token is found with its user, by hash and purpose, until it expires', async (t, engine) => {
  const { tokens, user, token } = await withToken(t, engine)
  t.match(await tokens.withUser('hash', ['reset_password'], at(59)), { token, user })
  t.equal(await tokens.withUser('hash', ['reset_password'], at(60)), undefined)
  t.equal(await tokens.withUser('hash', ['verify_email'], at(0)), undefined)
  t.equal(await tokens.withUser('another', ['reset_password'], at(0)), undefined)
})

engineTest('Expired tokens are deleted, and the tokens of a user are deleted with the user', async (t, engine) => {
  const { tokens, token, message, url } = await withToken(t, engine)
  const { db, schema } = openEngine(t, url)
  const count = async () => (await db.select().from(schema.oneTimeTokens)).length
  await tokens.insert({ ...token, hash: 'later', expiresAt: at(120) }, message.id)
  await tokens.prune(at(60))
  t.equal(await count(), 1)
  await db.delete(schema.users)
  t.equal(await count(), 0)
})

engineTest('A message that was deleted from the queue gets no token', async (t, engine) => {
  const { store, tokens, token, message } = await withToken(t, engine)
  await store.mail.remove(message.id)
  t.equal(await tokens.insert({ ...token, hash: 'late' }, message.id), false)
  t.equal(await tokens.withUser('late', ['reset_password'], at(0)), undefined)
})

engineTest('A stop ends a long deletion after a step', async (t, engine) => {
  const { tokens, token, url } = await withToken(t, engine)
  const { db, schema } = openEngine(t, url)
  const rows = Array.from({ length: 1499 }, (_, n) => ({ ...token, hash: `${n}`, expiresAt: at(-n) }))
  await db.insert(schema.oneTimeTokens).values(rows)
  const counts = []
  for (const steps of [0, 1]) counts.push(await tokens.prune(at(60), stopAfter(steps)))
  t.strictSame(counts, [0, 1000])
  t.ok(await tokens.withUser('0', ['reset_password'], at(-1)), 'the oldest go first, found by their index')
  t.equal(await tokens.prune(at(60), stopAfter(2)), 500)
})
