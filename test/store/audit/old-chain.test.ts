import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { verifyOldChain } from '../../../src/store/audit/old-chain.ts'
import { openStore } from '../../../src/store/open.ts'
import { columns } from '../../../src/store/schema/columns.sqlite.ts'
import { type EngineName, emptyDatabaseUrl, engines } from '../../support/engines.ts'
import { migrationsUntil } from '../../support/old-migrations.ts'
import { sealKey, trusted } from '../../support/sealed-trail.ts'
import { at, createStore, event, execute, openEngine } from '../../support/store.ts'

const [beforeChain, withChain] = [migrationsUntil(t, '_mail'), migrationsUntil(t, '_audit_chain')]

/** A row of the chain of earlier versions. */
interface ChainRow {
  seq: number
  time: Date
  action: string
  subject?: string
  detail: string
  hash: string | null
}

/** The events with these details, chained after `before` as earlier versions did. */
function chained(details: string[], before = { seq: 0, hash: '' }): ChainRow[] {
  let { seq, hash } = before
  return details.map(detail => {
    const time = at(++seq)
    hash = createHash('sha256').update(`${hash}[${time.getTime()},"old",null,null,null,null,${detail}]`).digest('hex')
    return { seq, time, action: 'old', detail, hash }
  })
}

/** A database of an earlier version with these rows. */
async function createOld(t: Test, engine: EngineName, rows: ChainRow[]) {
  const url = await emptyDatabaseUrl(t, engine)
  await openEngine(t, url).migrate(withChain(engine))
  const quoted = (text: string | null | undefined) => (text == null ? 'NULL' : `'${text}'`)
  const values = rows.map(({ seq, time, action, subject, detail, hash }) => {
    const at = engine === 'sqlite' ? time.getTime() : quoted(time.toISOString())
    return `(${seq}, ${at}, ${quoted(action)}, ${quoted(subject)}, ${quoted(detail)}, ${quoted(hash)})`
  })
  if (values.length > 0)
    await execute(url, `INSERT INTO audit (seq, at, action, subject, detail, hash) VALUES ${values.join(', ')}`)
  return url
}

/** The events after the migration. */
async function migrated(t: Test, url: string) {
  const store = await openStore(url, () => {})
  t.teardown(() => store.close())
  await store.migrate()
  return { store, rows: (await store.audit.next())?.rows ?? [] }
}

const details = ['{"a":"x\\"y","n":1}', '{}', '{"10":true,"9":0.1}']

for (const engine of engines) {
  t.test(
    `a migration verifies the chain of earlier versions and records the result, on ${engine} (decision 27)`,
    async t => {
      const rows = chained(details)
      const url = await createOld(t, engine, rows)
      const { store, rows: after } = await migrated(t, url)
      t.match(after.slice(0, 3), [
        { seq: 1, at: at(1), action: 'old', detail: { a: 'x"y', n: 1 }, seal: null },
        { seq: 2 },
        { seq: 3 }
      ])
      t.equal(after.length, 4)
      t.match(after[3], {
        seq: 4,
        action: 'audit.upgraded',
        actor: null,
        subject: 'audit',
        detail: { events: 3, newest: `3:${rows[2]?.hash}` }
      })
      t.notOk('broken' in (after[3]?.detail ?? {}))
      t.match(await store.audit.verify(trusted), { events: 0, unsealed: 4, broken: undefined })
      t.equal(await store.audit.seal(sealKey, at(9)), 4)
      t.match(await store.audit.verify(trusted), { events: 4, unsealed: 0, broken: undefined })
      await store.migrate()
      t.equal((await store.audit.next())?.rows.length, 4, 'once')
    }
  )

  t.test(`a migration names the first event that was altered, on ${engine} (decision 27)`, async t => {
    const hash = (n: number) => chained(details)[n - 1]?.hash
    for (const [change, broken] of [
      ["UPDATE audit SET actor = 'mallory' WHERE seq = 2", 2],
      ["UPDATE audit SET action = 'x' WHERE seq >= 2", 2],
      [`UPDATE audit SET hash = '${hash(1)}' WHERE seq = 3`, 3],
      ['UPDATE audit SET hash = NULL WHERE seq = 3', 3],
      ['DELETE FROM audit WHERE seq = 1', 2],
      ['DELETE FROM audit WHERE seq = 2', 3],
      ['UPDATE audit SET seq = -1 WHERE seq = 1', 2],
      [`UPDATE audit SET at = ${engine === 'sqlite' ? "'soon'" : "'infinity'"} WHERE seq = 2`, 2],
      ["UPDATE audit SET detail = 'null', subject = 'audit', action = 'audit.pruned' WHERE seq = 2", 2],
      ['UPDATE audit SET seq = 9007199254740993 WHERE seq = 3', 2 ** 53]
    ] as const) {
      const url = await createOld(t, engine, chained(details))
      await execute(url, change)
      const store = await openStore(url, () => {})
      await store.migrate()
      const { db, schema } = openEngine(t, url)
      const upgrades = (await db.select().from(schema.audit)).filter(({ action }) => action === 'audit.upgraded')
      t.match(upgrades, [{ detail: { broken } }], change)
      await store.close()
    }
  })

  t.test(`a migration follows a chain that was pruned, on ${engine}`, async t => {
    const rows = chained(details)
    const place = `{"hash":"${rows[0]?.hash}","seq":1}`
    const before = { seq: 3, hash: String(rows[2]?.hash) }
    const hash = createHash('sha256')
      .update(`${before.hash}[${at(4).getTime()},"audit.pruned",null,"audit",null,null,${place}]`)
      .digest('hex')
    const pruning = { seq: 4, time: at(4), action: 'audit.pruned', subject: 'audit', detail: place, hash }
    const url = await createOld(t, engine, [...rows.slice(1), pruning])
    const { rows: after } = await migrated(t, url)
    t.match(after.at(-1), { action: 'audit.upgraded', detail: { events: 3, newest: `4:${hash}`, broken: undefined } })
  })

  t.test(`a migration accepts events from before the chain, and only at its beginning, on ${engine}`, async t => {
    const older = [1, 2].map(seq => ({ seq, time: at(seq), action: 'older', detail: '{}', hash: null }))
    const rows = [...older, ...chained(details, { seq: 2, hash: '' })]
    const { rows: after } = await migrated(t, await createOld(t, engine, rows))
    t.match(after.at(-1), { detail: { events: 5, newest: `5:${rows[4]?.hash}`, broken: undefined } })
    const none = await migrated(t, await createOld(t, engine, older))
    t.match(none.rows.at(-1), { detail: { events: 2, newest: '2:', broken: undefined } })
  })

  t.test(`a migration reads a long chain in pages on ${engine}`, async t => {
    const rows = chained(Array.from({ length: 2100 }, () => '{}'))
    const { rows: all, store } = await migrated(t, await createOld(t, engine, rows))
    t.equal(all.length, 1000)
    t.match((await store.audit.page({}, 1)).rows, [
      { action: 'audit.upgraded', seq: 2101, detail: { events: 2100, newest: `2100:${rows[2099]?.hash}` } }
    ])
  })

  t.test(`a migration without a chain records nothing on ${engine}`, async t => {
    t.strictSame(await (await createStore(t, engine)).trail(), [], 'a new database')
    t.strictSame((await migrated(t, await createOld(t, engine, []))).rows, [], 'an empty trail')

    const url = await emptyDatabaseUrl(t, engine)
    await openEngine(t, url).migrate(beforeChain(engine))
    const time = (n: number) => (engine === 'sqlite' ? at(n).getTime() : `'${at(n).toISOString()}'`)
    // Ids are in the order of time; the rows are not.
    const rows = [2, 1, 3].map(n => `('id-${n}', ${time(n)}, 'old', 'alice', '{"n":${n}}')`)
    await execute(url, `INSERT INTO audit (id, at, action, actor, detail) VALUES ${rows}`)
    const { store, rows: after } = await migrated(t, url)
    t.match(
      after,
      [1, 2, 3].map(n => ({ seq: n, at: at(n), actor: 'alice', detail: { n }, seal: null }))
    )
    t.equal(after.length, 3)
    await store.audit.record(event('new', { at: at(4) }))
    t.equal(await store.audit.seal(sealKey, at(5)), 4)
    t.match(await store.audit.verify(trusted), { events: 4, broken: undefined })
  })
}

t.test('a migration fails when the database fails', async t => {
  const { url } = await createStore(t, 'sqlite')
  const { db } = openEngine(t, url)
  const gone = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const failing = {
    select() {
      throw gone
    }
  }
  await t.rejects(verifyOldChain(failing as never, columns), gone)
  t.equal(await verifyOldChain(db, columns), undefined)
})
