import t, { type Test } from 'tap'
import { createAuditEvents } from '../../../src/auth/audit-events.ts'
import { createSigningKeys, jwksMaxAge, keyPollMs } from '../../../src/auth/keys/keys.ts'
import type { KeyStore } from '../../../src/store/keys.ts'
import { openStore } from '../../../src/store/open.ts'
import { testConfig } from '../../support/app.ts'
import { createClock } from '../../support/clocks.ts'
import { databaseUrl } from '../../support/engines.ts'
import { auditTrail } from '../../support/store.ts'

const accessTokenTtl = 600
/** How long a new key is published before it signs: until every node has read it, the time of a cache, and a margin. */
const beforeSigning = keyPollMs / 1000 + jwksMaxAge + 10
/** How long an old key stays published after the new one signs. */
const afterlife = accessTokenTtl + beforeSigning

/** The keys of several nodes on one database, each with its own store, and one clock. */
async function createNodes(t: Test) {
  const url = await databaseUrl(t)
  const clock = createClock()

  async function node(settings: Parameters<typeof testConfig>[0] = {}, wrap = (store: KeyStore) => store) {
    const store = await openStore(url, () => {})
    t.teardown(() => store.close())
    const config = testConfig({ accessTokenTtl, keyRotation: 0, ...settings })
    const auditEvents = createAuditEvents({ now: clock.now })
    return createSigningKeys({ store: wrap(store.keys), config, auditEvents, now: clock.now })
  }

  async function started(...given: Parameters<typeof node>) {
    const keys = await node(...given)
    await keys.start()
    return keys
  }

  const pair = async () => [await started(), await started()] as const
  const rotations = async () => (await auditTrail(t, url)).filter(({ action }) => action === 'key.rotated').length
  return { node, started, pair, clock, rotations, trail: () => auditTrail(t, url) }
}

type Keys = Awaited<ReturnType<Awaited<ReturnType<typeof createNodes>>['node']>>
const kids = (keys: Keys) => keys.jwks().keys.map(({ kid }) => kid)
const algorithms = (keys: Keys) => keys.jwks().keys.map(({ alg }) => alg)
const states = async (keys: Keys) => (await keys.list()).map(({ state }) => state)
const ill = new Error('the store is ill')

/** A store whose reads fail while `isBroken`, and how often it was read. */
function createBreaking() {
  const state = { isBroken: false, reads: 0 }
  const wrap = (store: KeyStore): KeyStore => ({
    ...store,
    async published(now) {
      state.reads++
      if (state.isBroken) throw ill
      return store.published(now)
    }
  })
  return { state, wrap }
}

t.test('The first start creates a key that signs at once, and a second one finds it', async t => {
  const { started, node, clock, trail } = await createNodes(t)
  const keys = await node()
  t.throws(() => keys.signer(), { message: 'No signing key is loaded.' })
  await keys.start()
  const { kid, alg, privatePem } = keys.signer()
  t.equal(alg, 'ES256')
  t.match(privatePem, /^-----BEGIN PRIVATE KEY-----/)
  t.match(await keys.verifier(kid), /^-----BEGIN PUBLIC KEY-----/)
  t.match(keys.jwks(), { keys: [{ kty: 'EC', crv: 'P-256', kid, alg: 'ES256', use: 'sig' }] })
  t.strictSame(Object.keys(keys.jwks().keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  const now = clock.now().toISOString()
  t.strictSame(await keys.list(), [
    { kid, alg: 'ES256', state: 'signs', created_at: now, signs_at: now, expires_at: null }
  ])
  t.strictSame((await started()).signer(), keys.signer())
  const events = await trail()
  t.match(events, [{ action: 'key.created', subject: kid, actor: null }])
  t.equal(events.length, 1)
})

t.test('The private part of a key is stored sealed, and another SECRET stops the start with one sentence', async t => {
  const { started, node } = await createNodes(t)
  let stored = ''
  await started({}, store => ({
    ...store,
    add: (...args) => {
      stored = JSON.stringify(args)
      return store.add(...args)
    }
  }))
  t.match(stored, 'privateSealed')
  t.notMatch(stored, /PRIVATE KEY|"d":/)
  const other = await node({ secret: 'another secret, which is as long as it must be' })
  const sentence =
    'SECRET does not match this database. Use the SECRET that encrypted its signing keys. To change it, set the old one as SECOND_SECRET, and run `sallyport secret rotate`; if the old one is lost, run `sallyport secret discard`'
  const error = await other.start().catch(error => error)
  t.match(error, { name: 'ConfigError', problems: [sentence] })
  t.equal(error.problems.length, 1)
  t.match(error.message, sentence)
})

t.test('SIGNING_ALG names the algorithm of a new key (RFC 9068 §2.1)', async t => {
  for (const alg of ['RS256', 'EdDSA', 'Ed25519'] as const) {
    const keys = await (await createNodes(t)).started({ signingAlg: alg })
    t.equal(keys.signer().alg, alg)
    t.match(keys.jwks(), { keys: [{ alg, use: 'sig', kty: alg === 'RS256' ? 'RSA' : 'OKP' }] })
  }
})

t.test('Another SIGNING_ALG rotates to it and keeps the old key published, as in any rotation', async t => {
  const { started, clock } = await createNodes(t)
  await started()
  const keys = await started({ signingAlg: 'EdDSA' })
  await keys.maintain()
  t.equal(kids(keys).length, 1, 'a command or a poll, whose settings may differ, changes nothing')
  await keys.adoptAlgorithm()
  t.equal(keys.signer().alg, 'ES256')
  t.strictSame(algorithms(keys), ['ES256', 'EdDSA'])
  clock.advance(beforeSigning)
  t.equal(keys.signer().alg, 'EdDSA')
  await keys.adoptAlgorithm()
  t.equal((await keys.list()).length, 2, 'once')
})

t.test('A SIGNING_ALG that could not be adopted at the start is adopted once, at a later poll', async t => {
  const { node, started, rotations } = await createNodes(t)
  await started()
  const { state, wrap } = createBreaking()
  const keys = await started({ signingAlg: 'EdDSA' }, wrap)
  state.isBroken = true
  await t.rejects(keys.adoptAlgorithm(), ill)
  await t.rejects(keys.maintain(), ill)
  state.isBroken = false
  t.strictSame(algorithms(keys), ['ES256'])
  await keys.maintain()
  t.strictSame(algorithms(keys), ['ES256', 'EdDSA'])
  await (await node()).adoptAlgorithm()
  await keys.maintain()
  t.strictSame(algorithms(keys), ['ES256', 'EdDSA', 'ES256'], 'nodes do not rotate against each other')
  t.equal(await rotations(), 2)
})

t.test('A key is published, signs once every cache has it, and expires after the last token', async t => {
  const { started, clock, trail } = await createNodes(t)
  const keys = await started()
  const old = keys.signer().kid
  await keys.rotate({ actor: 'operator', ip: '192.0.2.1' })
  const young = String(kids(keys)[1])
  t.match(
    (await trail()).find(({ action }) => action === 'key.rotated'),
    { actor: 'operator', ip: '192.0.2.1', subject: young }
  )
  for (const [after, signs, published, expected] of [
    [0, old, [old, young], ['signs', 'published']],
    [beforeSigning - 1, old, [old, young], ['signs', 'published']],
    [1, young, [old, young], ['verifies', 'signs']],
    [afterlife - 1, young, [old, young], ['verifies', 'signs']],
    [1, young, [young], ['expired', 'signs']]
  ] as const) {
    clock.advance(after)
    t.equal(keys.signer().kid, signs)
    t.strictSame(kids(keys), published)
    t.strictSame(await states(keys), expected)
    t.equal((await keys.verifier(old)) !== undefined, kids(keys).includes(old))
    t.ok(await keys.verifier(young))
  }
  await keys.maintain()
  t.strictSame(kids(keys), [young])
  t.match(await keys.list(), [
    { kid: old, expires_at: clock.now().toISOString() },
    { kid: young, expires_at: null }
  ])
})

t.test('No node signs with a key that a cached JWKS of any node may lack (RFC 7517 §5)', async t => {
  const { started, clock } = await createNodes(t)
  // Each polls at another second of ten; the key is created at second 0 by the first.
  const nodes = [await started(), await started(), await started()] as const
  const old = nodes[0].signer().kid
  await nodes[0].rotate()
  t.equal(kids(nodes[1]).length, 1, 'not read yet')
  let [lastWithout, firstSigned] = [0, 0]
  for (let second = 1; second <= jwksMaxAge + 60; second++) {
    clock.advance(1)
    for (const [n, keys] of nodes.entries())
      if (second % 10 === [0, 4, 9][n] && (second < 20 || second > jwksMaxAge)) await keys.maintain()
    for (const keys of nodes) {
      if (kids(keys).length < 2) lastWithout = second
      if (keys.signer().kid !== old) firstSigned ||= second
    }
  }
  t.equal(lastWithout, 8)
  t.ok(firstSigned - lastWithout > jwksMaxAge, `${firstSigned - lastWithout} seconds`)
  t.strictSame([...new Set(nodes.map(keys => keys.signer().kid))], [kids(nodes[0])[1]], 'in the end all sign with it')
})

t.test('A node that reads a key late signs with the old one until its own caches have the key', async t => {
  const { pair, clock } = await createNodes(t)
  const [here, late] = await pair()
  const old = here.signer().kid
  await here.rotate()
  clock.advance(beforeSigning + 60)
  t.not(here.signer().kid, old)
  await late.maintain()
  t.strictSame(kids(late), kids(here))
  for (const [after, signs] of [
    [0, old],
    [jwksMaxAge + 9, old],
    [1, here.signer().kid]
  ] as const) {
    clock.advance(after)
    t.equal(late.signer().kid, signs)
    t.ok(await here.verifier(signs), 'which every node verifies')
  }
})

t.test('A node that starts signs with the key that the others sign with', async t => {
  const { started, clock } = await createNodes(t)
  const here = await started()
  await here.rotate()
  const [old, young] = kids(here)
  clock.advance(beforeSigning - 1)
  const during = await started()
  t.equal(during.signer().kid, old)
  clock.advance(1)
  t.equal(here.signer().kid, young)
  t.equal(during.signer().kid, old, 'its own caches may lack the key')
  t.equal((await started()).signer().kid, young)
  clock.advance(jwksMaxAge + 9)
  t.equal(during.signer().kid, young)
})

t.test('Two nodes that reach the rotation age at once create one new key', async t => {
  const { started, clock } = await createNodes(t)
  // Both read the keys before either writes.
  let arrived = 0
  let open: () => void = () => {}
  const gate = new Promise<void>(resolve => {
    open = resolve
  })
  const together = (store: KeyStore): KeyStore => ({
    ...store,
    add: async (...args) => {
      if (++arrived === 2) open()
      await gate
      return store.add(...args)
    }
  })
  await started()
  const nodes = [
    await started({ keyRotation: 1000 }, together),
    await started({ keyRotation: 1000 }, together)
  ] as const
  clock.advance(1000)
  await Promise.all(nodes.map(keys => keys.maintain()))
  t.equal(arrived, 2)
  t.equal(kids(nodes[0]).length, 2)
  t.strictSame(kids(nodes[0]), kids(nodes[1]))
})

t.test('A key is replaced once, when it reaches the age of KEY_ROTATION', async t => {
  const { node, clock, trail } = await createNodes(t)
  const [keys, never] = [await node({ keyRotation: 86_400 }), await node({ keyRotation: 0 })]
  await keys.maintain()
  t.strictSame(await keys.list(), [], 'not before there is a key')
  await keys.start()
  clock.advance(86_399)
  await keys.maintain()
  t.equal(kids(keys).length, 1)
  clock.advance(1)
  await never.maintain()
  t.equal(kids(never).length, 1)
  await keys.maintain()
  await keys.maintain()
  t.equal(kids(keys).length, 2)
  t.match((await trail()).at(-1), { action: 'key.rotated', actor: null })
})

t.test('A key that replaces a leaked one signs at once, on a node that reads it late too', async t => {
  const { started, clock } = await createNodes(t)
  const [here, there, late] = [await started(), await started(), await started()]
  const leaked = here.signer().kid
  await here.rotate()
  const planned = kids(here)[1]
  clock.advance(beforeSigning + afterlife)
  await late.maintain()
  t.strictSame([kids(late), late.signer().kid], [[planned], planned], 'the old one has expired')
  await here.rotate({ immediately: true })
  await there.maintain()
  for (const keys of [here, there]) t.notOk([planned, leaked].includes(keys.signer().kid))
  t.strictSame(await states(here), ['expired', 'verifies', 'signs'])
})

t.test('A key signs while the clock was set back, or is behind that of the node which made it', async t => {
  const { started, clock } = await createNodes(t)
  clock.advance(2)
  const ahead = await started()
  clock.advance(-2)
  t.equal((await started()).signer().kid, ahead.signer().kid)
  await ahead.rotate()
  clock.advance(beforeSigning)
  clock.advance(-7200)
  t.ok(kids(ahead).includes(ahead.signer().kid))
})

t.test('Unknown kids cause at most one look-up per second', async t => {
  const { started, clock } = await createNodes(t)
  const { state, wrap } = createBreaking()
  const keys = await started({}, wrap)
  state.reads = 0
  const unknown = async () =>
    (await Promise.all(Array.from({ length: 50 }, (_, i) => keys.verifier(`x${i}`)))).filter(Boolean)
  t.strictSame(await unknown(), [])
  t.equal(state.reads, 1, 'fifty concurrent requests share one')
  clock.advance(0.999)
  t.strictSame(await unknown(), [])
  t.equal(state.reads, 1)
  clock.advance(0.001)
  t.strictSame(await unknown(), [])
  t.equal(state.reads, 2)
  for (const kid of [undefined, null, 7, {}, '__proto__', "' OR 1=1 --", '../../etc/passwd'])
    t.equal(await keys.verifier(kid), undefined)
  t.ok(await keys.verifier(keys.signer().kid))
  t.equal(state.reads, 2, 'a known kid needs no look-up')
})

t.test('A new key of another node is found by its kid before the next poll, by every request', async t => {
  const { pair, clock } = await createNodes(t)
  const [here, there] = await pair()
  clock.advance(5)
  await here.rotate({ immediately: true })
  const { kid } = here.signer()
  const found = await Promise.all(Array.from({ length: 4 }, () => there.verifier(kid)))
  t.equal(found.filter(Boolean).length, 4)
  t.equal(there.signer().kid, kid)
  await there.verifier('unknown')
  clock.advance(-3600)
  await here.rotate()
  t.ok(await there.verifier(kids(here).at(-1)), 'a clock that was set back does not block look-ups')
})

t.test("Another node's new key is found by its kid right after a poll, and during one that is slow", async t => {
  const { started } = await createNodes(t)
  const here = await started()
  let held: (() => void)[] | undefined
  const there = await started({}, store => ({
    ...store,
    async published(now) {
      const rows = await store.published(now)
      await new Promise<void>(resolve => (held ? held.push(resolve) : resolve()))
      return rows
    }
  }))
  await there.maintain()
  held = []
  const slow = there.maintain()
  while (held.length === 0) await new Promise(resolve => setImmediate(resolve))
  const [release] = held
  held = undefined
  await here.rotate({ immediately: true })
  const { kid } = here.signer()
  t.ok(await there.verifier(kid))
  release?.()
  await slow
  t.ok(there.verifies(kid), 'what the poll has read is older')
})

t.test('A failing store is not an unknown kid: the look-up throws, and the next one works', async t => {
  const { started, clock } = await createNodes(t)
  const { state, wrap } = createBreaking()
  const keys = await started({}, wrap)
  state.isBroken = true
  await t.rejects(keys.verifier('unknown'), ill)
  await t.rejects(keys.maintain(), ill)
  t.ok(keys.signer(), 'loaded keys still work')
  state.isBroken = false
  clock.advance(1)
  t.equal(await keys.verifier('unknown'), undefined)
})

t.test('A retired key verifies nothing from then on, on this node and on others', async t => {
  const { pair, clock, trail } = await createNodes(t)
  const [here, there] = await pair()
  const { kid } = here.signer()
  await here.rotate({ immediately: true })
  clock.advance(60)
  await here.retire(kid, { actor: 'operator' })
  t.equal(await here.verifier(kid), undefined)
  t.strictSame(await states(here), ['expired', 'signs'])
  await there.maintain()
  t.equal(await there.verifier(kid), undefined)
  t.match((await trail()).at(-1), { action: 'key.retired', subject: kid, actor: 'operator' })
})

t.test('A key without a replacement that signs, an unknown one and the newest are not retired', async t => {
  const { started, clock } = await createNodes(t)
  const keys = await started()
  const { kid } = keys.signer()
  await t.rejects(keys.retire('nothing'), { status: 404, message: 'There is no published key nothing.' })
  const noOther = { name: 'Problem', status: 409, message: /Rotate the keys first\.$/ }
  await t.rejects(keys.retire(kid), noOther)
  await keys.rotate()
  await t.rejects(keys.retire(kid), noOther, 'the next is only published')
  clock.advance(beforeSigning)
  const leaked = keys.signer().kid
  await t.rejects(keys.retire(leaked), noOther, 'the newest, though the previous one is published')
  await keys.retire(kid)
  await t.rejects(keys.retire(kid), { name: 'Problem', status: 404 }, 'once')
  await keys.rotate({ immediately: true })
  await keys.retire(leaked)
  clock.advance(afterlife)
  await keys.maintain()
  t.not(keys.signer().kid, leaked)
  await keys.rotate()
  t.strictSame(await states(keys), ['expired', 'expired', 'signs', 'published'])
})
