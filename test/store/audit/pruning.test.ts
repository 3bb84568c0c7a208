import t, { type Test } from 'tap'
import { oldSeals } from '../../../src/store/audit/pruning.ts'
import { createAuditStore } from '../../../src/store/audit/trail.ts'
import type { Build } from '../../../src/store/engine/dialect.ts'
import type { EngineName } from '../../support/engines.ts'
import { engineTest } from '../../support/pg-test.ts'
import { createSealedTrail, newestAt, noTime, otherKey, sealKey, trusted } from '../../support/sealed-trail.ts'
import { at, event, openEngine, recordMany, stopAfter } from '../../support/store.ts'

const pruned = (seconds = 100) => event('audit.pruned', { at: at(seconds), actor: 'cli' })

/** A trail of four seals, whose events are younger from seal to seal, and its pruning. */
async function withTrail(t: Test, engine: EngineName, seals = 4) {
  const trail = await createSealedTrail(t, engine, { seals })
  type Options = Partial<Parameters<typeof trail.audit.prune>[3]>
  return {
    ...trail,
    prune: (before: Date, options: Options = {}) =>
      trail.audit.prune(before, pruned(), sealKey, { trusted, ...options }),
    numbers: async () => (await trail.seals()).map(({ number }) => number),
    sealAll: async () => {
      while ((await trail.audit.seal(sealKey, at(100))) > 0);
    }
  }
}

engineTest('A pruning deletes old seals with their events, and records it', async (t, engine) => {
  const { audit, prune, rows, seals, numbers, linkOf, sealAll, verify, fault } = await withTrail(t, engine)
  const [one, two] = [await linkOf(1), await linkOf(2)]
  t.strictSame(await prune(newestAt(3)), { deleted: 6 }, 'a seal of exactly that age stays')
  t.strictSame(await numbers(), [2, 3, 4], 'the last pruned seal stays, and says so')
  t.match(await seals(), [{ pruned: String }, { pruned: null }, { pruned: null }])
  const [first, ...others] = await rows()
  t.match(first, { seq: 7, seal: 3 })
  t.match(others.at(-1), {
    at: at(100),
    action: 'audit.pruned',
    actor: 'cli',
    subject: 'audit',
    detail: { seal: 2, events: 6 },
    seal: null
  })
  t.match(await verify(), { events: 6, pruned: two, unsealed: 1, broken: undefined })
  await sealAll()
  t.match(await verify(two), { events: 7, newest: { number: 5 }, broken: undefined })
  t.equal(await fault({ number: 2, hash: one.hash }), 'seal 2 has a different hash than expected')
  t.equal(await fault(one), 'seal 1 was pruned and cannot be verified')
  t.strictSame(await audit.ofSeal((await seals())[0] as never), [])
})

engineTest('A pruning leaves the trail intact when it runs twice or deletes everything', async (t, engine) => {
  const { prune, rows, seqs, numbers, sealAll, verify } = await withTrail(t, engine)
  t.strictSame(await prune(newestAt(1)), { deleted: 0 })
  t.equal((await rows()).length, 12, 'no event if nothing was deleted')
  t.strictSame(await prune(newestAt(2)), { deleted: 3 })
  t.strictSame(await prune(newestAt(2)), { deleted: 0 })
  t.strictSame(await prune(newestAt(3)), { deleted: 3 })
  t.strictSame(await seqs(), [7, 8, 9, 10, 11, 12, 13, 14])
  t.match(await verify(), { events: 6, unsealed: 2, broken: undefined })
  t.strictSame(await prune(at(1000)), { deleted: 3 })
  t.strictSame(await numbers(), [3, 4], 'the newest seal stays, because the next one continues from it')
  await sealAll()
  t.strictSame(await prune(at(1000)), { deleted: 3 })
  t.match(await verify(), { events: 3, pruned: { number: 4 }, newest: { number: 5 }, broken: undefined })
  const empty = await withTrail(t, engine, 0)
  t.strictSame([await empty.prune(at(1000)), await empty.rows()], [{ deleted: 0 }, []], 'an empty trail')
})

engineTest('A pruning stops at the first seal that has a young event, even if older ones follow', async (t, engine) => {
  const { audit, prune, numbers, verify } = await withTrail(t, engine, 1)
  await audit.record(event('from the future', { at: at(1000) }))
  await audit.seal(sealKey, at(2))
  for (const n of [3, 4]) {
    await audit.record(event('later', { at: at(n) }))
    await audit.seal(sealKey, at(n))
  }
  t.strictSame(await prune(at(100)), { deleted: 3 })
  t.strictSame(await numbers(), [1, 2, 3, 4])
  t.strictSame(await prune(at(1001)), { deleted: 2 })
  t.match(await verify(), { pruned: { number: 3 }, broken: undefined })
  const young = await withTrail(t, engine, 0)
  for (const n of [1, 1000, 2, 3]) {
    await young.audit.record(event('old', { at: at(1) }))
    await young.audit.seal(sealKey, at(n))
  }
  t.strictSame(await young.prune(at(100)), { deleted: 3 }, 'the time of the seal does not matter')
  t.strictSame(await young.numbers(), [3, 4])
})

engineTest('A pruning works in steps, each with its event', async (t, engine) => {
  const { url, audit, prune, rows, numbers, sealAll, verify } = await withTrail(t, engine, 1)
  await recordMany(url, 2100)
  await sealAll()
  for (let n = 0; n < 30; n++) {
    await audit.record(event('alone'))
    await audit.seal(sealKey, at(100))
  }
  t.strictSame(await prune(at(5000)), { deleted: 3 + 2100 + 29 })
  t.strictSame(await numbers(), [33, 34])
  t.strictSame(
    (await rows()).slice(1).map(({ detail }) => detail),
    [
      { seal: 1, events: 3 },
      { seal: 2, events: 1000 },
      { seal: 3, events: 1000 },
      { seal: 33, events: 129 }
    ]
  )
  t.match(await verify(), { events: 1, unsealed: 4, broken: undefined })
})

engineTest('A pruning stops early with an intact trail when the server closes', async (t, engine) => {
  const { url, prune, sealAll, verify } = await withTrail(t, engine, 1)
  await recordMany(url, 2100)
  await sealAll()
  let deleted = 0
  for (let looks = 0; deleted === 0; looks++) deleted = (await prune(at(5000), { stop: stopAfter(looks) })).deleted
  t.ok(deleted < 2003, `${deleted} events`)
  t.match(await verify(), { events: 2103 - deleted, broken: undefined })
})

engineTest('A pruning deletes no altered trail, unless told to', async (t, engine) => {
  const { prune, rows, seals, seqs, tamper, fault } = await withTrail(t, engine)
  const old = [7, 8, 9, 10, 11, 12]
  for (const [statement, broken, left] of [
    ["UPDATE audit SET actor = 'mallory' WHERE seq = 2", 'seal 1', old],
    ["UPDATE audit SET actor = 'mallory' WHERE seq = 7", 'seal 3', old],
    ['DELETE FROM audit WHERE seq = 5', 'seal 2', old],
    ["UPDATE audit SET detail = 'null' WHERE seq = 5", 'event 5', old],
    ["UPDATE seals SET digest = 'x' WHERE number = 2", 'seal 2', old],
    [`UPDATE seals SET public_key = '${otherKey.publicKey}' WHERE number = 1`, 'seal 1', old],
    ['UPDATE audit SET seal = -1 WHERE seq = 1', 'event 1', old],
    ['UPDATE audit SET seal = NULL WHERE seq < 9', 'seal 1', [1, 2, 3, 4, 5, 6, ...old]]
  ] as const)
    await tamper(statement, async () => {
      const before = [await rows(), await seals()]
      t.match(await prune(newestAt(3)), { deleted: 0, broken: { what: broken } }, statement)
      t.strictSame([await rows(), await seals()], before, 'nothing was deleted or recorded')
      const { length } = await rows()
      t.strictSame(await prune(newestAt(3), { evenBroken: true }), { deleted: length - left.length }, statement)
      t.strictSame((await seqs()).slice(0, -1), left)
      t.match((await rows()).at(-1), { action: 'audit.pruned', actor: 'cli', detail: { seal: 2, broken } })
      if (statement.endsWith('WHERE seq = 2')) t.equal(await fault(), undefined, 'the rest can be verified')
    })
  await tamper("UPDATE audit SET actor = 'mallory' WHERE seq = 10", async () => {
    t.strictSame(await prune(newestAt(3)), { deleted: 6 }, 'later events are left to verification')
    t.strictSame((await rows()).at(-1)?.detail, { seal: 2, events: 6 })
  })
})

engineTest('A pruning reports a manipulated time that would block it forever', async (t, engine) => {
  const { prune, tamper, fault } = await withTrail(t, engine)
  const far = engine === 'sqlite' ? '9e13' : "'4821-12-27'"
  for (const [statement, broken] of [
    [`UPDATE audit SET at = ${far} WHERE seq = 1`, 'seal 1'],
    [`UPDATE audit SET at = ${noTime(engine)} WHERE seq = 5`, 'event 5'],
    [`UPDATE seals SET at = ${far} WHERE number = 1`, 'seal 1'],
    [`UPDATE seals SET at = ${noTime(engine)} WHERE number = 2`, 'seal 2']
  ] as const)
    await tamper(statement, async () => {
      t.match(await prune(newestAt(4)), { deleted: 0, broken: { what: broken } }, statement)
      t.match(await fault(), broken)
    })
})

engineTest('A pruning deletes no young event, whatever else is in the table', async (t, engine) => {
  const { prune, seqs, tamper, fault } = await withTrail(t, engine)
  const old = [7, 8, 9, 10, 11, 12]
  for (const [statement, left, found] of [
    ['UPDATE audit SET seal = -1 WHERE seq = 12', old, 'event 12 names seal -1'],
    ['UPDATE audit SET seal = 0 WHERE seq = 12', old, 'event 12 names seal 0'],
    ['DELETE FROM seals WHERE number = 1; UPDATE audit SET seal = 1 WHERE seq = 12', old, 'event 12 names seal 1'],
    [`UPDATE audit SET seal = -1, at = ${noTime(engine)} WHERE seq = 1`, [1, ...old], 'event 1 names seal -1']
  ] as const)
    await tamper(statement, async () => {
      await prune(newestAt(3), { evenBroken: true })
      t.strictSame((await seqs()).slice(0, -1), left, statement)
      t.match(await fault(), found)
    })
})

engineTest('A pruning never deletes an event whose number is past 53 bits, or that has no seal', async (t, engine) => {
  const { prune, rows, tamper } = await withTrail(t, engine)
  for (const seq of ['9007199254740993', '-9223372036854775807'])
    await tamper(`UPDATE audit SET seq = ${seq}, seal = NULL WHERE seq = 1`, async () => {
      await prune(at(1000), { evenBroken: true })
      t.ok((await rows()).some(row => row.seq === Number(seq)))
    })
})

engineTest('A pruning leaves the rest to another pruning that ran after its check', async (t, engine) => {
  for (const before of [newestAt(2), newestAt(4)]) {
    const { url, audit, prune, numbers, verify } = await withTrail(t, engine)
    const underneath = openEngine(t, url)
    const slow = createAuditStore({
      ...underneath,
      async atomic<T>(build: Build<T>) {
        t.strictSame(await prune(newestAt(4)), { deleted: 9 })
        return await underneath.atomic(build)
      }
    })
    t.strictSame(await slow.prune(before, pruned(), sealKey, { trusted }), { deleted: 0 })
    t.strictSame(await numbers(), [3, 4])
    t.match(await verify(), { events: 3, broken: undefined })
    t.equal((await audit.unsealedAfter()).length, 1)
  }
})

t.test('A pruning looks for old seals in pages, until it is stopped', async t => {
  const { url } = await withTrail(t, 'sqlite', 45)
  const engine = openEngine(t, url)
  const last = async (before: Date, stop?: AbortSignal) => {
    const { steps, kept } = await oldSeals(engine, before, stop)
    return [steps.map(({ number }) => number), kept?.number]
  }
  t.strictSame(await last(at(1000)), [[44], 45])
  t.strictSame(await last(newestAt(30)), [[29], 30])
  t.strictSame(await last(at(0)), [[], 1])
  t.strictSame(await last(at(1000), stopAfter(1)), [[], undefined])
})
