import t, { type Test } from 'tap'
import { round } from '../../../src/auth/mail/round.ts'
import { password } from '../../support/app.ts'
import { createMailApp, recipientOf, startMailServer } from '../../support/mail-server.ts'
import { newMail, openEngine } from '../../support/store.ts'

const alice = 'alice@example.com'

/** An app with the account alice, whose link waits behind `count` messages to each of `others`. */
async function withQueue(t: Test, count: number, others: string[]) {
  const made = await createMailApp(t)
  const { app, clock, config } = made
  const { db, schema } = openEngine(t, config.databaseUrl)
  const at = clock.now()
  const rows = Array.from({ length: count }, () => others.map(address => newMail({ address, nextAttemptAt: at })))
  for (const some of rows) await db.insert(schema.mail).values(some)
  clock.advance(1)
  await app.users.register({ username: 'alice', password, email: alice }, {})
  return made
}

t.test('every address has its turn', async t => {
  t.test('600 messages to one address delay no link to another', async t => {
    const { app, received } = await withQueue(t, 600, ['mallory@example.com'])
    // The notices to mallory are limited: sent or not, each is an attempt.
    const attempted: string[] = []
    const { claim } = app.db.mail
    app.db.mail.claim = (row, until) => {
      attempted.push(row.address)
      return claim(row, until)
    }
    const messages = await received()
    t.ok(attempted.slice(0, 5).includes(alice), 'one of the next five')
    t.equal(attempted.length, 601, 'and all have their turn')
    t.ok(messages.flatMap(recipientOf).includes(alice))
  })

  t.test('nor do many messages to ten addresses, which take one place each in a round', async t => {
    const others = Array.from({ length: 10 }, (_, n) => `mallory${n}@example.com`)
    const { received } = await withQueue(t, 9, others)
    const addresses = (await received()).flatMap(recipientOf)
    t.equal(addresses.length, 91)
    t.ok(addresses.slice(0, 15).includes(alice), 'in the first round')
    t.equal(new Set(addresses.slice(0, 10)).size, 10)
  })

  t.test('retries after an outage of the mail server are as fair', async t => {
    const { app, clock, received, server } = await withQueue(t, 9, ['mallory@example.com'])
    await server.close()
    t.strictSame(await received(), [])
    t.equal(await app.db.mail.count(), 10)
    const { messages } = await startMailServer(t, { port: server.port })
    clock.advance(120)
    await app.deliverMail()
    t.equal(messages.length, 10)
    t.ok(messages.slice(0, 2).flatMap(recipientOf).includes(alice))
  })
})

t.test('a long look for other addresses ends when the server stops', async t => {
  const rows = Array.from({ length: 500 }, () => ({ ...newMail(), attempts: 0 }))
  const stop = new AbortController()
  let reads = 0
  const due = async () => {
    if (++reads === 3) stop.abort()
    return rows
  }
  const batches: unknown[] = []
  for await (const batch of round({ due, now: () => new Date(), size: 5, stop: stop.signal })) batches.push(batch)
  t.strictSame([reads, batches], [3, [rows.slice(0, 1)]])
})
