import t from 'tap'
import type { AuditRow } from '../../../src/store/audit/events.ts'
import { beginning, createSeal, linkOf, type Seal, signPruned } from '../../../src/store/audit/seals.ts'
import { type SealReader, verifySeals } from '../../../src/store/audit/verification.ts'
import type { EngineName } from '../../support/engines.ts'
import { engineTest } from '../../support/pg-test.ts'
import {
  createSealedTrail,
  newestAt,
  noTime,
  otherKey,
  sealedAt,
  sealKey,
  trusted
} from '../../support/sealed-trail.ts'
import { at, createStore, event, execute, recordMany } from '../../support/store.ts'

const [changed, unreadable] = ['covers an event that was changed', 'has an invalid number, time or detail']
const covers = (events: number) => `covers 3 event(s), but ${events} event(s) name it`
const noSeal = (seal: number) => `names seal ${seal}, which does not exist or was pruned`
const notSigned = 'was changed: its signature does not match'
const notLinked = 'does not continue the seal before it'
const wrongMark = 'has a mark of pruning that is not valid here'
const zeros = '0'.repeat(64)

type Three = [Seal, Seal, Seal]
type Trail = [AuditRow[], Seal[]]

/** The time as the column `at` has it. */
const timeOn = (engine: EngineName, time: Date) => (engine === 'sqlite' ? time.getTime() : `'${time.toISOString()}'`)

engineTest('An altered event is found', async (t, engine) => {
  const trail = await createSealedTrail(t, engine)
  const columns = 'at, action, actor, subject, client_id, ip, detail'
  const copy = (seq: number, seal: number | string) =>
    `INSERT INTO audit (seq, ${columns}, seal) SELECT ${seq}, ${columns}, ${seal} FROM audit WHERE seq = 5`
  const set = (change: string, seq = 5) => `UPDATE audit SET ${change} WHERE seq = ${seq}`
  for (const [statement, fault] of [
    // Every column.
    [set('seq = 50'), `seal 2 ${changed}`],
    [set('seq = -5'), `seal 2 ${changed}`],
    [set('seq = 9007199254740993'), `event ${2 ** 53} ${unreadable}`],
    [set(`at = ${timeOn(engine, at(5.001))}`), `seal 2 ${changed}`],
    [set("action = 'x'"), `seal 2 ${changed}`],
    [set("actor = 'mallory'"), `seal 2 ${changed}`],
    [set("subject = 'x'"), `seal 2 ${changed}`],
    [set("client_id = 'x'"), `seal 2 ${changed}`],
    [set("ip = '192.0.2.2'"), `seal 2 ${changed}`],
    [set(`detail = '{"n":6}'`), `seal 2 ${changed}`],
    [set(`detail = '{"n":12345678901234567890}'`), `seal 2 ${changed}`],
    [set("detail = '{}'"), `seal 2 ${changed}`],
    [set('seal = 1'), `seal 1 ${covers(4)}`],
    [set('seal = 3'), `seal 2 ${covers(2)}`],
    [set('seal = 4', 9), `seal 3 ${covers(2)}`],
    [set('seal = 0'), `event 5 ${noSeal(0)}`],
    [set('seal = NULL'), `seal 2 ${covers(2)}`],
    ['UPDATE audit SET seal = NULL', `seal 1 ${covers(0)}`],
    // Values that cannot be read.
    ...['null', '[]', ...(engine === 'sqlite' ? ['{bad', '{"n":1e999}'] : [])].map(
      detail => [set(`detail = '${detail}'`), `event 5 ${unreadable}`] as const
    ),
    ...(engine === 'sqlite'
      ? ['9e18', '-9e18', '8e14', '0.5', "'soon'", "'2026-01-31'", "x'00'"]
      : ["'infinity'", "'-infinity'", "'20000-01-01'", "'0044-03-15 BC'"]
    ).map(time => [set(`at = ${time}`), `event 5 ${unreadable}`] as const),
    // Rows removed, exchanged and inserted.
    ['DELETE FROM audit WHERE seq = 1', `seal 1 ${covers(2)}`],
    ['DELETE FROM audit WHERE seq = 9', `seal 3 ${covers(2)}`],
    ['DELETE FROM audit WHERE seal = 2', `seal 2 ${covers(0)}`],
    ['DELETE FROM audit', `seal 1 ${covers(0)}`],
    ['UPDATE audit SET seal = 7 - seal - seq / 3 WHERE seq IN (3, 6)', `seal 1 ${covers(2)}`],
    ['UPDATE audit SET seal = 3 - seal WHERE seq IN (3, 4)', `seal 1 ${changed}`],
    [`UPDATE audit SET actor = CASE seq WHEN 4 THEN 'bob' END WHERE seq IN (4, 5)`, `seal 2 ${changed}`],
    [`DELETE FROM audit WHERE seq = 4; ${copy(4, 2)}`, `seal 2 ${changed}`],
    [copy(50, 2), `seal 2 ${covers(4)}`],
    [copy(50, 4), `event 50 ${noSeal(4)}`],
    [copy(50, '9007199254740993'), `event 50 ${noSeal(2 ** 53)}`],
    [copy(50, '-9007199254740993'), `event 50 ${noSeal(-(2 ** 53))}`]
  ] as const)
    await trail.tamper(statement, async () => t.equal(await trail.fault(), fault, statement))
  t.match(await trail.verify(), { events: 9, newest: { number: 3 }, unsealed: 0, broken: undefined })
})

engineTest('An altered seal is found', async (t, engine) => {
  const trail = await createSealedTrail(t, engine)
  const set = (change: string, number = 2) => `UPDATE seals SET ${change} WHERE number = ${number}`
  const columns = 'previous, events, digest, at, public_key, signature, pruned'
  const from = (column: string, number: number) => `(SELECT ${column} FROM seals WHERE number = ${number})`
  const swap =
    'UPDATE seals SET number = -number WHERE number < 3; UPDATE seals SET number = 3 + number WHERE number < 0'
  for (const [statement, fault] of [
    // Every column.
    [set('number = 5'), `seal 2 is missing`],
    [set('number = 5', 3), `seal 5 ${notSigned}`],
    [set('number = 0', 1), `seal 0 ${notSigned}`],
    [set('number = 9007199254740993', 3), `seal ${2 ** 53} ${notSigned}`],
    [set(`previous = '${zeros}'`), `seal 2 ${notSigned}`],
    [set('events = 2'), `seal 2 ${notSigned}`],
    [set(`digest = '${zeros}'`), `seal 2 ${notSigned}`],
    [set(`at = ${timeOn(engine, at(0))}`), `seal 2 ${notSigned}`],
    [set(`at = ${noTime(engine)}`), `seal 2 ${notSigned}`],
    [set(`public_key = '${otherKey.publicKey}'`), `seal 2 is signed by another key, ${otherKey.publicKey}`],
    [set(`signature = ${from('signature', 1)}`), `seal 2 ${notSigned}`],
    [set("pruned = ''"), `seal 2 ${wrongMark}`],
    [set(`pruned = ${from('signature', 2)}`), `seal 2 ${wrongMark}`],
    [set("pruned = ''", 1), `seal 1 ${wrongMark}`],
    // Rows removed, exchanged and inserted.
    ['DELETE FROM seals WHERE number = 2', 'seal 2 is missing'],
    ['DELETE FROM seals WHERE number = 3', `event 7 ${noSeal(3)}`],
    ['DELETE FROM seals', `event 1 ${noSeal(1)}`],
    ['DELETE FROM seals WHERE number = 1; DELETE FROM audit WHERE seal = 1', 'seal 1 is missing'],
    ['DELETE FROM seals WHERE number = 2; DELETE FROM audit WHERE seal = 2', 'seal 2 is missing'],
    ['DELETE FROM seals WHERE number = 2; UPDATE seals SET number = 2 WHERE number = 3', `seal 2 ${notSigned}`],
    [swap, `seal 1 ${notSigned}`],
    [`INSERT INTO seals (number, ${columns}) SELECT 4, ${columns} FROM seals WHERE number = 3`, `seal 4 ${notSigned}`],
    [`INSERT INTO seals (number, ${columns}) SELECT 0, ${columns} FROM seals WHERE number = 1`, `seal 0 ${notSigned}`]
  ] as const)
    await trail.tamper(statement, async () => t.equal(await trail.fault(), fault, statement))
  t.match(await trail.verify(), { events: 9, broken: undefined })
})

engineTest('A forged or replayed seal is found', async (t, engine) => {
  const trail = await createSealedTrail(t, engine)
  const of = (rows: AuditRow[], number: number) => rows.filter(({ seal }) => seal === number)
  const otherRows = (rows: AuditRow[]) => rows.map(row => (row.seal === 2 ? { ...row, actor: 'mallory' } : row))
  /** The trail with a seal of changed events in place of the second. */
  const forgeWith =
    (key: typeof sealKey) =>
    (rows: AuditRow[], [one, , three]: Three) => {
      const forged = createSeal(of(otherRows(rows), 2), linkOf(one), sealedAt(2), key)
      return [otherRows(rows), [one, forged, three]] as Trail
    }
  const forgeries: [string, (rows: AuditRow[], seals: Three) => Trail, string][] = [
    [
      'a seal of changed events by another key',
      forgeWith(otherKey),
      `seal 2 is signed by another key, ${otherKey.publicKey}`
    ],
    [
      'a seal of changed events by another key that claims the right one',
      forgeWith({ ...otherKey, publicKey: sealKey.publicKey }),
      `seal 2 ${notSigned}`
    ],
    [
      'a signed seal of other events, from a copy of the database that was continued',
      forgeWith(sealKey),
      `seal 3 ${notLinked}`
    ],
    [
      'a signed seal of fewer events with the rest of the trail',
      (rows, [one, two, three]) => [rows.filter(({ seq }) => seq !== 5), [one, { ...two, events: 2 }, three]],
      `seal 2 ${notSigned}`
    ],
    [
      'a signed seal that does not continue the one before it',
      (rows, [one, two]) => {
        const forged = createSeal(of(rows, 3), { number: 2, hash: zeros }, sealedAt(3), sealKey)
        return [rows, [one, two, forged]]
      },
      `seal 3 ${notLinked}`
    ],
    [
      'an old seal again, as the newest with its events',
      (rows, seals) => {
        const again = of(rows, 1).map(row => ({ ...row, seq: row.seq + 9, seal: 4 }))
        return [
          [...rows, ...again],
          [...seals, { ...seals[0], number: 4 }]
        ]
      },
      `seal 4 ${notSigned}`
    ],
    [
      'an old seal again, in place of a later one with its events',
      (rows, [one, , three]) => {
        const again = of(rows, 1).map(row => ({ ...row, seq: row.seq + 3, seal: 2 }))
        return [
          [...rows.filter(({ seal }) => seal !== 2), ...again],
          [one, { ...one, number: 2 }, three]
        ]
      },
      `seal 2 ${notSigned}`
    ]
  ]
  for (const [name, forge, fault] of forgeries)
    await trail.tamper(
      (rows, seals) => trail.replace(...forge(rows, seals as Three)),
      async () => t.equal(await trail.fault(), fault, name)
    )
})

engineTest('A moved, copied or forged mark of pruning is found', async (t, engine) => {
  const trail = await createSealedTrail(t, engine, { seals: 5 })
  await trail.audit.prune(newestAt(2), event('audit.pruned', { at: at(20) }), sealKey, { trusted })
  t.match(
    (await trail.seals()).map(({ number, pruned }) => [number, pruned !== null]),
    [
      [1, true],
      [2, false]
    ]
  )
  const first = (await trail.seals())[0] as Seal
  await trail.audit.prune(newestAt(3), event('audit.pruned', { at: at(20) }), sealKey, { trusted })
  const [second] = (await trail.seals()) as [Seal]
  t.match(await trail.verify(), { events: 9, pruned: { number: 2 }, broken: undefined })
  const mark = (number: number, pruned: string | null) =>
    `UPDATE seals SET pruned = ${pruned === null ? 'NULL' : `'${pruned}'`} WHERE number = ${number}`
  for (const [name, statement, fault] of [
    ['removed', mark(2, null), 'seal 1 is missing'],
    ['of the seal before', mark(2, first.pruned), `seal 2 ${wrongMark}`],
    ['by another key', mark(2, signPruned(second, otherKey)), `seal 2 ${wrongMark}`],
    ['copied', mark(3, second.pruned), `seal 3 ${wrongMark}`],
    ['moved', `${mark(2, null)}; ${mark(3, second.pruned)}; DELETE FROM seals WHERE number = 2`, `seal 3 ${wrongMark}`],
    [
      'moved with the beginning',
      `${mark(3, second.pruned)}; DELETE FROM seals WHERE number = 2`,
      `seal 3 ${wrongMark}`
    ],
    ['without its seal', 'DELETE FROM seals WHERE number = 2', 'seal 1 is missing'],
    ['of a changed seal', "UPDATE seals SET digest = 'x' WHERE number = 2", `seal 2 ${notSigned}`]
  ] as const)
    await trail.tamper(statement, async () => t.equal(await trail.fault(), fault, name))
  await trail.tamper(
    async (rows, seals) => trail.replace(rows, [first, ...seals]),
    async () => t.equal(await trail.fault(), `seal 2 ${wrongMark}`, 'a pruned seal put back')
  )
  await trail.tamper(
    'INSERT INTO audit (at, action, detail, seal) SELECT at, action, detail, 2 FROM audit WHERE seq = 7',
    async () => t.equal(await trail.fault(), `event ${16 + 2} ${noSeal(2)}`, 'an event of a pruned seal put back')
  )
})

engineTest('A noted seal finds what was cut off or written anew', async (t, engine) => {
  const trail = await createSealedTrail(t, engine)
  const noted = await trail.linkOf(3)
  for (const number of [1, 2, 3]) t.equal(await trail.fault(await trail.linkOf(number)), undefined)
  t.equal(await trail.fault({ number: 2, hash: zeros }), 'seal 2 has a different hash than expected')
  t.equal(await trail.fault({ number: 4, hash: zeros }), 'seal 4 is missing: the trail ends with seal 3')

  const cut = 'DELETE FROM audit WHERE seal = 3; DELETE FROM seals WHERE number = 3'
  await trail.tamper(cut, async () => {
    t.match(await trail.verify(), { events: 6, broken: undefined }, 'the newest seals cut off are not found without')
    t.equal(await trail.fault(noted), 'seal 3 is missing: the trail ends with seal 2')
    await trail.audit.record(event('put in their place'))
    await trail.audit.seal(sealKey, sealedAt(3))
    t.equal(await trail.fault(), undefined)
    t.equal(await trail.fault(noted), 'seal 3 has a different hash than expected')
  })
  await trail.tamper('DELETE FROM seals; DELETE FROM audit', async () => {
    t.equal(await trail.fault(), undefined, 'nor is everything removed')
    t.equal(await trail.fault(noted), 'seal 3 is missing: the trail ends with seal 0')
  })
  const again = `DELETE FROM seals; UPDATE audit SET seal = NULL, actor = 'mallory'`
  await trail.tamper(again, async () => {
    t.match(await trail.verify(), { events: 0, unsealed: 9, unsealedSince: at(1) })
    await trail.audit.seal(sealKey, sealedAt(3))
    t.match(await trail.verify(), { events: 9, newest: { number: 1 }, broken: undefined }, 'nor a new trail')
    t.equal(await trail.fault(noted), 'seal 3 is missing: the trail ends with seal 1')
    t.equal(await trail.fault({ number: 1, hash: noted.hash }), 'seal 1 has a different hash than expected')
  })
  await trail.audit.prune(newestAt(3), event('audit.pruned', { at: at(20) }), sealKey, { trusted })
  t.equal(await trail.fault(noted), undefined)
  t.equal(await trail.fault({ number: 2, hash: zeros }), 'seal 2 has a different hash than expected')
  t.equal(await trail.fault({ number: 1, hash: zeros }), 'seal 1 was pruned and cannot be verified')
})

engineTest('After a change of SECRET, earlier seals need the earlier public key', async (t, engine) => {
  const trail = await createSealedTrail(t, engine, { seals: 1 })
  await trail.audit.record(event('later'))
  await trail.audit.seal(otherKey, at(9))
  const keys = [otherKey.publicKey]
  t.equal(await trail.fault(undefined, keys), `seal 1 is signed by another key, ${sealKey.publicKey}`)
  t.equal(await trail.fault(undefined, trusted), `seal 2 is signed by another key, ${otherKey.publicKey}`)
  const both = await trail.verify(undefined, [...keys, ...trusted])
  t.match(both, { events: 4, newest: { number: 2 }, broken: undefined })

  await trail.audit.record(event('later still'))
  await trail.audit.seal(otherKey, at(9))
  const prune = (keys: string[]) =>
    trail.audit.prune(at(10), event('audit.pruned', { at: at(9) }), otherKey, { trusted: keys })
  t.match(await prune(keys), { deleted: 0, broken: { what: 'seal 1' } })
  t.strictSame(await prune([...keys, ...trusted]), { deleted: 4 })
  t.match(await trail.verify(undefined, keys), { events: 1, pruned: { number: 2 }, broken: undefined })
})

engineTest('Events without a seal are counted, and an invalid one is named', async (t, engine) => {
  const trail = await createSealedTrail(t, engine, { seals: 1 })
  t.strictSame(await trail.audit.unsealedSince(), undefined)
  for (const n of [5, 6]) await trail.audit.record(event('new', { at: at(n) }))
  t.match(await trail.verify(), { events: 3, unsealed: 2, unsealedSince: at(5), broken: undefined })
  t.strictSame(await trail.audit.unsealedSince(), at(5))
  for (const [change, seq] of [
    ["detail = 'null'", 5],
    [`at = ${noTime(engine)}`, 5],
    ['seq = 9007199254740993', 9007199254740992],
    ['seq = -9007199254740993', -9007199254740992]
  ] as const)
    await trail.tamper(`UPDATE audit SET ${change} WHERE seq = 5`, async () => {
      t.equal(await trail.fault(), `event ${seq} ${unreadable}`, change)
      await execute(trail.url, "UPDATE audit SET action = 'x' WHERE seq = 3")
      t.equal(await trail.fault(), `seal 1 ${changed}`, 'after the faults of seals')
    })
  await recordMany(trail.url, 2100)
  t.match(await trail.verify(), { events: 3, unsealed: 2102, unsealedSince: at(5) })
})

engineTest('A trail of several pages is verified, and an empty one is intact', async (t, engine) => {
  const { url, store } = await createStore(t, engine)
  t.strictSame(await store.audit.verify(trusted), {
    events: 0,
    newest: beginning,
    pruned: beginning,
    seals: 0,
    unsealed: 0
  })
  await recordMany(url, 2100)
  while ((await store.audit.seal(sealKey, at(0))) > 0);
  const shown: unknown[] = []
  const found = await store.audit.verify(trusted, undefined, (...progress) => shown.push(progress))
  t.match(found, { events: 2100, newest: { number: 3 }, unsealed: 0, broken: undefined })
  t.strictSame(shown, [
    ['1000 events', 1 / 3],
    ['2000 events', 2 / 3],
    ['2100 events', 1]
  ])
  for (let n = 0; n < 120; n++) {
    await store.audit.record(event('alone'))
    await store.audit.seal(sealKey, at(0))
  }
  t.match(await store.audit.verify(trusted), { events: 2220, newest: { number: 123 }, broken: undefined })
  await execute(url, "UPDATE audit SET action = 'x' WHERE seq = 2210")
  t.match(await store.audit.verify(trusted), {
    broken: { what: 'seal 113', fault: 'covers an event that was changed' }
  })
  await execute(url, 'UPDATE audit SET seal = 5 WHERE seq > 10')
  t.match(await store.audit.verify(trusted), { broken: { what: 'seal 1', fault: /covers 1000 .*, but 10 / } })
})

/** A trail in memory of one event for each of `count` seals. */
function inMemory(count: number) {
  const rows: AuditRow[] = []
  const seals: Seal[] = []
  function add() {
    const number = seals.length + 1
    const row = { ...event('x', { at: at(number) }), seq: number, seal: number } as AuditRow
    const last = seals.at(-1)
    rows.push(row)
    seals.push(createSeal([row], last ? linkOf(last) : beginning, at(number), sealKey))
  }
  for (let n = 0; n < count; n++) add()
  return { rows, seals, add }
}

t.test('Events that are sealed during a verification are no fault', async t => {
  for (let moment = 0; moment < 12; moment++) {
    const { rows, seals, add } = inMemory(3)
    let reads = 0
    function pass() {
      // One more seal between any two reads.
      if (reads++ >= moment && seals.length < 8) add()
    }
    const read: SealReader = {
      async seals(after = 0) {
        const page = seals.filter(({ number }) => number > after).slice(0, 2)
        pass()
        return page
      },
      async events(after) {
        const page = rows.filter(({ seq }) => seq > (after?.seq ?? 0)).slice(0, 2)
        pass()
        return page
      }
    }
    const found = await verifySeals(read, { trusted })
    t.equal(found.broken, undefined, `from read ${moment} on`)
    t.ok(found.events >= 3)
  }
})

t.test('A verification ends at the seal that it shall go through, or when it is stopped', async t => {
  const { rows, seals } = inMemory(5)
  const stopping = new AbortController()
  let pages = 0
  const read: SealReader = {
    async seals(after = 0) {
      if (++pages === 3) stopping.abort()
      return seals.filter(({ number }) => number > after).slice(0, 1)
    },
    events: async after => rows.filter(({ seq }) => seq > (after?.seq ?? 0))
  }
  t.match(await verifySeals(read, { trusted, through: 2 }), { events: 2, newest: { number: 2 }, broken: undefined })
  pages = 0
  rows.pop()
  t.match(await verifySeals(read, { trusted, stop: stopping.signal }), { events: 2, broken: undefined })
})

t.test('A verification ends after enough, and continues after a seal, which must still be the same', async t => {
  const { rows, seals } = inMemory(5)
  const read: SealReader = {
    seals: async (after = 0) => seals.filter(({ number }) => number > after),
    events: async after => rows.filter(({ seal }) => Number(seal) > Number(after?.seal ?? 0))
  }
  t.match(await verifySeals(read, { trusted, most: { events: 3, seals: 9 } }), { events: 3, next: { number: 3 } })
  t.match(await verifySeals(read, { trusted, most: { events: 9, seals: 4 } }), { seals: 4, next: { number: 4 } })
  const from = linkOf(seals[2] as Seal)
  t.match(await verifySeals(read, { trusted, from }), { events: 2, seals: 2, newest: { number: 5 }, broken: undefined })
  t.match(await verifySeals(read, { trusted, from: { ...from, hash: zeros } }), {
    events: 0,
    broken: { what: 'seal 3', fault: 'has a different hash than expected' }
  })
  seals.splice(2, 1)
  t.match(await verifySeals(read, { trusted, from }), { broken: { what: 'seal 3', fault: 'is missing' } })
})
