import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../../src/store/open.ts'
import { databaseUrl, engines } from '../../support/engines.ts'
import { at, event, execute, openEngine } from '../../support/store.ts'

/** The migrations from before the audit trail became a chain. */
const earlier = t.testdir({})
cpSync('migrations', earlier, { recursive: true })
for (const engine of engines) {
  const path = join(earlier, engine, 'meta', '_journal.json')
  const journal = JSON.parse(readFileSync(path, 'utf8'))
  const chain = journal.entries.findIndex(({ tag }: { tag: string }) => tag.endsWith('_audit_chain'))
  writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, chain) }))
}

for (const engine of engines) {
  t.test(`rows from before the chain are kept in order and distinguished from it, on ${engine}`, async t => {
    const url = await databaseUrl(t, engine)
    const old = openEngine(t, url)
    await old.migrate(join(earlier, engine))
    const time = (n: number) => (engine === 'sqlite' ? at(n).getTime() : `'${at(n).toISOString()}'`)
    // Ids are in the order of time; the rows are not.
    const rows = [2, 1, 3].map(n => `('id-${n}', ${time(n)}, 'old', 'alice', '{"n":${n}}')`)
    await execute(url, `INSERT INTO audit (id, at, action, actor, detail) VALUES ${rows}`)

    const store = await openStore(url, () => {})
    t.teardown(() => store.close())
    await store.migrate()
    const noChain = {
      seq: 3,
      fault: 'has no hash, and no later event has one: the chain has not begun, or was removed'
    }
    t.match(await store.audit.verify(), { events: 0, unchained: 3, broken: noChain }, 'they are not verified')
    t.strictSame((await store.audit.prune(at(3), event('audit.pruned'))).broken, noChain)
    await store.audit.record(event('new', { at: at(4) }))
    const expected = (seq: number, action: string) => ({ seq, at: at(seq), action, detail: {} })
    t.match((await store.audit.next(0))?.rows, [
      { ...expected(1, 'old'), actor: 'alice', detail: { n: 1 }, hash: null },
      { ...expected(2, 'old'), actor: 'alice', detail: { n: 2 }, hash: null },
      { ...expected(3, 'old'), actor: 'alice', detail: { n: 3 }, hash: null },
      { ...expected(4, 'new'), actor: null, hash: /^[0-9a-f]{64}$/ }
    ])
    t.match(await store.audit.verify(), { events: 1, unchained: 3, newest: { seq: 4 }, broken: undefined })

    t.strictSame(
      await store.audit.prune(at(3), event('audit.pruned', { at: at(4) })),
      { deleted: 2 },
      'they are pruned like others'
    )
    t.match(await store.audit.verify(), { events: 2, unchained: 1, broken: undefined })

    await store.audit.record(event('newer'))
    for (const [seq, broken] of [
      [6, 6],
      [4, 1]
    ]) {
      await execute(url, `UPDATE audit SET hash = NULL WHERE seq = ${seq}`)
      t.match(
        (await store.audit.verify()).broken,
        { seq: broken },
        'no row of the chain can be disguised as an older one'
      )
    }
  })
}
