import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { engines } from '../../support/engines.ts'
import { at, createStore, event, newUser, openEngine } from '../../support/store.ts'

/**
 * A process that writes to the database at `url`; `write` resolves to the number of those events that it has written.
 */
async function startWriter(t: Test, url: string, name: string) {
  const child = fork(new URL('../../support/audit-process.ts', import.meta.url), [url, name])
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'message')
  return {
    async write(count: number) {
      child.send(count)
      return Number((await once(child, 'message'))[0])
    }
  }
}

/** A hash computed by the recipe of docs/operating.md, independently of the store. */
const expectedHash = (before: string, text: string) => createHash('sha256').update(`${before}${text}`).digest('hex')

for (const engine of engines) {
  t.test(`an event without a change is written unchanged on ${engine}`, async t => {
    const { store, trail } = await createStore(t, engine)
    const failed = event('login.failed', {
      at: at(1.234),
      actor: 'actor',
      subject: 'an unknown user',
      clientId: 'first-party',
      ip: '2001:db8::1',
      detail: { reason: 'wrong password', tries: 3, locked: false }
    })
    await store.audit.record(failed)
    t.strictSame(await trail(), [failed])
  })

  t.test(`the hash of each row includes the hash of the previous row, on ${engine} (decision 23)`, async t => {
    const { store } = await createStore(t, engine)
    await store.audit.record(event('first', { actor: 'Ünï', detail: { z: 1, a: 'x"y', '10': true, '9': 0.1 } }))
    await store.users.insert(newUser('alice'), event('second', { at: at(0.001), ip: '::1' }))
    const time = at(0).getTime()
    const first = expectedHash('', `[${time},"first","Ünï",null,null,null,{"10":true,"9":0.1,"a":"x\\"y","z":1}]`)
    const second = expectedHash(first, `[${time + 1},"second",null,null,null,"::1",{}]`)
    const rows = (await store.audit.next(0))?.rows ?? []
    t.strictSame(
      rows.map(({ seq, action, hash }) => ({ seq, action, hash })),
      [
        { seq: 1, action: 'first', hash: first },
        { seq: 2, action: 'second', hash: second }
      ]
    )
    t.strictSame(await store.audit.verify(), { events: 2, unchained: 0, newest: { seq: 2, hash: second } })
  })

  t.test(`a failed change leaves no gap, and two rows cannot share a place, on ${engine}`, async t => {
    const { url, store } = await createStore(t, engine)
    const user = newUser('alice')
    await store.users.insert(user, event('user.created'))
    await t.rejects(store.users.update(user.id, { username: null, updatedAt: at(1) } as never, event('user.updated')))
    t.equal(await store.users.insert(newUser('alice'), event('user.created')), undefined)
    await store.audit.record(event('login.failed'))
    t.match(await store.audit.verify(), { events: 2, newest: { seq: 2 }, broken: undefined })
    const { db, schema } = openEngine(t, url)
    await t.rejects(async () => await db.insert(schema.audit).values({ ...event('twice'), seq: 2 }))
  })

  t.test(`of two processes that write at once, no event is lost and the chain stays intact, on ${engine}`, async t => {
    const { url, store, trail } = await createStore(t, engine)
    const writers = [await startWriter(t, url, 'a'), await startWriter(t, url, 'b')]
    t.strictSame(await Promise.all(writers.map(({ write }) => write(200))), [200, 200])
    t.match(await store.audit.verify(), { events: 400, unchained: 0, newest: { seq: 400 }, broken: undefined })
    const written = (await trail()).map(({ actor, detail }) => `${actor}${detail.n}`)
    t.equal(new Set(written).size, 400)
    const turns = written.filter((one, n) => n > 0 && one[0] !== written[n - 1]?.[0])
    t.comment(`${engine}: the two took turns ${turns.length} times`)
  })
}
