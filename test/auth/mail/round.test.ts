import t from 'tap'
import { round } from '../../../src/auth/mail/round.ts'
import type { MailRow } from '../../../src/store/mail.ts'
import { password } from '../../support/app.ts'
import { createMailApp, recipientOf, startMailServer } from '../../support/mail-server.ts'
import { newMail, openEngine } from '../../support/store.ts'

const [alice, mallory] = ['alice@example.com', 'mallory@example.com'] as const

/** `count` due messages to an address. */
const messagesTo = (address: string, count: number): MailRow[] =>
  Array.from({ length: count }, () => ({ ...newMail({ address }), attempts: 0 }))

/** The recipients of the batches of a round through these messages, until it is stopped after so many reads. */
async function batchesOf(rows: MailRow[], reads = Number.POSITIVE_INFINITY) {
  const stop = new AbortController()
  let read = 0
  const due = async (_now: Date, limit: number, after?: Pick<MailRow, 'id'>) => {
    if (++read >= reads) stop.abort()
    const begin = rows.findIndex(({ id }) => id === after?.id) + 1
    return rows.slice(begin, begin + limit)
  }
  const batches: string[][] = []
  for await (const batch of round({ due, now: () => new Date(), size: 5, stop: stop.signal }))
    batches.push(batch.map(({ address }) => address))
  return batches
}

t.test('Each address has one message in a round, so many messages to one delay no link to another', async t => {
  t.strictSame(await batchesOf([...messagesTo(mallory, 501), ...messagesTo(alice, 2)]), [[mallory, alice]])
  const others = Array.from({ length: 10 }, (_, n) => `mallory${n}@example.com`)
  const rows = [...others.flatMap(address => messagesTo(address, 9)), ...messagesTo(alice, 1)]
  t.strictSame(await batchesOf(rows), [others.slice(0, 5), others.slice(5), [alice]])
})

t.test('A long look for other addresses ends when the server stops', async t => {
  t.strictSame(await batchesOf([...messagesTo(mallory, 1500), ...messagesTo(alice, 1)], 3), [[mallory]])
})

t.test('Every message has its turn in rounds that are fair, also after an outage of the mail server', async t => {
  const { app, clock, config, received, server } = await createMailApp(t)
  const { db, schema } = openEngine(t, config.databaseUrl)
  const at = clock.now()
  await db.insert(schema.mail).values(Array.from({ length: 9 }, () => newMail({ address: mallory, nextAttemptAt: at })))
  clock.advance(1)
  await app.users.register({ username: 'alice', password, email: alice }, {})
  await server.close()
  t.strictSame(await received(), [])
  t.equal(await app.db.mail.count(), 10)
  const { messages } = await startMailServer(t, { port: server.port })
  clock.advance(120)
  await app.deliverMail()
  t.equal(messages.length, 10)
  t.ok(messages.slice(0, 2).flatMap(recipientOf).includes(alice))
})
