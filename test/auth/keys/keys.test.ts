import t, { type Test } from 'tap'
import { createAuditEvents } from '../../../src/auth/audit-events.ts'
import { createSigningKeys, jwksMaxAge, keyPollMs } from '../../../src/auth/keys/keys.ts'
import type { KeyStore } from '../../../src/store/keys.ts'
import { openStore } from '../../../src/store/open.ts'
import { testConfig } from '../../support/app.ts'
import { createClock } from '../../support/clocks.ts'
import { databaseUrl, type EngineName, engines } from '../../support/engines.ts'
import { auditTrail } from '../../support/store.ts'

const accessTokenTtl = 600
/** How long a new key is published before it signs: until every node has read it, the time of a cache, and a margin. */
const beforeSigning = keyPollMs / 1000 + jwksMaxAge + 10
/** How long an old key stays published after the new one signs. */
const afterlife = accessTokenTtl + beforeSigning

/** The keys of several nodes on one database, each with its own store, and one clock. */
async function createNodes(t: Test, engine: EngineName = 'sqlite') {
  const url = await databaseUrl(t, engine)
  const clock = createClock()

  async function node(settings: Parameters<typeof testConfig>[0] = {}, wrap = (store: KeyStore) => store) {
    const store = await openStore(url, () => {})
    t.teardown(() => store.close())
    await store.migrate()
    const config = testConfig({ accessTokenTtl, keyRotation: 0, ...settings })
    const auditEvents = createAuditEvents({ now: clock.now })
    return createSigningKeys({ store: wrap(store.keys), config, auditEvents, now: clock.now })
  }

  return { node, clock, trail: () => auditTrail(t, url) }
}

type Keys = Awaited<ReturnType<Awaited<ReturnType<typeof createNodes>>['node']>>
const kids = (keys: Keys) => keys.jwks().keys.map(({ kid }) => kid)
const states = async (keys: Keys) => (await keys.list()).map(({ state }) => state)

t.test('the first start creates a key that signs at once', async t => {
  const { node, clock, trail } = await createNodes(t)
  const keys = await node()
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
  t.match(await trail(), [{ action: 'key.created', subject: kid, actor: null }])
})

t.test('a second start finds the key of the first', async t => {
  const { node, trail } = await createNodes(t)
  const [first, second] = [await node(), await node()]
  await first.start()
  await second.start()
  t.strictSame(second.signer(), first.signer())
  t.equal((await trail()).length, 1)
})

t.test('the private part is stored sealed', async t => {
  const { node } = await createNodes(t)
  let stored = ''
  const keys = await node({}, store => ({
    ...store,
    add: (...args) => {
      stored = JSON.stringify(args)
      return store.add(...args)
    }
  }))
  await keys.start()
  t.match(stored, 'privateSealed')
  t.notMatch(stored, /PRIVATE KEY|"d":/)
})

t.test('a wrong SECRET stops the start with one clear sentence', async t => {
  const { node } = await createNodes(t)
  await (await node()).start()
  const other = await node({ secret: 'another secret, which is as long as it must be' })
  const sentence =
    'SECRET does not match this database. Use the SECRET that encrypted its signing keys. To change it, set the old one as SECOND_SECRET, and run `sallyport secret rotate`; if the old one is lost, run `sallyport secret discard`'
  const error = await other.start().catch(error => error)
  t.match(error, { name: 'ConfigError', problems: [sentence] })
  t.equal(error.problems.length, 1)
  t.match(error.message, sentence)
})

t.test('signing before the start fails as a bug, not as an error of the request', async t => {
  const { node } = await createNodes(t)
  const keys = await node()
  t.throws(() => keys.signer(), { message: 'No signing key is loaded.' })
})

t.test('no rotation by age happens before there is a key', async t => {
  const { node } = await createNodes(t)
  const keys = await node({ keyRotation: 1 })
  await keys.maintain()
  t.strictSame(await keys.list(), [])
})

for (const alg of ['RS256', 'EdDSA', 'Ed25519'] as const) {
  t.test(`SIGNING_ALG=${alg} creates a key of that algorithm (RFC 9068 §2.1)`, async t => {
    const { node } = await createNodes(t)
    const keys = await node({ signingAlg: alg })
    await keys.start()
    t.equal(keys.signer().alg, alg)
    t.match(keys.jwks(), { keys: [{ alg, use: 'sig', kty: alg === 'RS256' ? 'RSA' : 'OKP' }] })
  })
}

t.test('another SIGNING_ALG rotates to it and keeps the old key published, as in any rotation', async t => {
  const { node, clock } = await createNodes(t)
  await (await node()).start()
  const keys = await node({ signingAlg: 'EdDSA' })
  await keys.start()
  await keys.maintain()
  t.equal(kids(keys).length, 1, 'a command or a poll, whose settings may differ, changes nothing')
  await keys.adoptAlgorithm()
  t.equal(keys.signer().alg, 'ES256')
  t.strictSame(
    keys.jwks().keys.map(({ alg }) => alg),
    ['ES256', 'EdDSA']
  )
  clock.advance(beforeSigning)
  t.equal(keys.signer().alg, 'EdDSA')
  await keys.adoptAlgorithm()
  t.equal((await keys.list()).length, 2, 'once')
})

for (const engine of engines) {
  t.test(`a key is published, signs, and expires on ${engine}`, async t => {
    const { node, clock, trail } = await createNodes(t, engine)
    const keys = await node()
    await keys.start()
    const old = keys.signer().kid
    await keys.rotate({ actor: 'operator', ip: '192.0.2.1' })
    const young = String(kids(keys)[1])
    t.match(
      (await trail()).find(({ action }) => action === 'key.rotated'),
      { actor: 'operator', ip: '192.0.2.1', subject: young }
    )

    const life: { after: number; signs: string; published: string[]; states: string[]; name: string }[] = [
      {
        name: 'published, and does not sign',
        after: 0,
        signs: old,
        published: [old, young],
        states: ['signs', 'published']
      },
      { name: 'still', after: beforeSigning - 1, signs: old, published: [old, young], states: ['signs', 'published'] },
      { name: 'every cache has it', after: 1, signs: young, published: [old, young], states: ['verifies', 'signs'] },
      {
        name: 'old tokens live',
        after: afterlife - 1,
        signs: young,
        published: [old, young],
        states: ['verifies', 'signs']
      },
      { name: 'the last has expired', after: 1, signs: young, published: [young], states: ['expired', 'signs'] }
    ]
    for (const { name, after, signs, published, states: expected } of life) {
      clock.advance(after)
      t.equal(keys.signer().kid, signs, name)
      t.strictSame(kids(keys), published, name)
      t.strictSame(await states(keys), expected, name)
      t.equal((await keys.verifier(old)) !== undefined, published.includes(old), name)
      t.ok(await keys.verifier(young), name)
    }
    await keys.maintain()
    t.strictSame(kids(keys), [young])
    t.match(await keys.list(), [
      { kid: old, expires_at: new Date(clock.now()).toISOString() },
      { kid: young, expires_at: null }
    ])
  })

  t.test(`a SIGNING_ALG that could not be adopted at the start is adopted at a later poll on ${engine}`, async t => {
    const { node, trail } = await createNodes(t, engine)
    await (await node()).start()
    let broken = false
    const breaking = (store: KeyStore): KeyStore => ({
      ...store,
      published: now => (broken ? Promise.reject(new Error('the store is ill')) : store.published(now))
    })
    const keys = await node({ signingAlg: 'EdDSA' }, breaking)
    await keys.start()
    broken = true
    await t.rejects(keys.adoptAlgorithm(), { message: 'the store is ill' })
    await t.rejects(keys.maintain(), { message: 'the store is ill' })
    broken = false
    const algorithms = () => keys.jwks().keys.map(({ alg }) => alg)
    t.strictSame(algorithms(), ['ES256'])
    await keys.maintain()
    t.strictSame(algorithms(), ['ES256', 'EdDSA'])
    await (await node()).adoptAlgorithm()
    await keys.maintain()
    t.strictSame(algorithms(), ['ES256', 'EdDSA', 'ES256'], 'only once: nodes do not rotate against each other')
    t.equal((await trail()).filter(({ action }) => action === 'key.rotated').length, 2)
  })

  t.test(`nodes on one database follow each other on ${engine}`, async t => {
    const { node, clock } = await createNodes(t, engine)
    const [here, there] = [await node(), await node()]
    await here.start()
    await there.start()
    await here.rotate()
    t.equal(kids(there).length, 1, 'not read yet')
    await there.maintain()
    t.strictSame(kids(there), kids(here))
    clock.advance(beforeSigning)
    t.equal(there.signer().kid, here.signer().kid)
    t.equal(there.signer().kid, kids(here)[1])
  })

  t.test(`no node signs with a key that a cached JWKS of any node may lack, on ${engine} (RFC 7517 §5)`, async t => {
    const { node, clock } = await createNodes(t, engine)
    // Each polls at another second of ten; the key is created at second 0 by the first.
    const nodes = [await node(), await node(), await node()] as const
    for (const keys of nodes) await keys.start()
    const old = nodes[0].signer().kid
    await nodes[0].rotate()
    let [lastWithout, firstSigned] = [0, 0]
    for (let second = 1; second <= jwksMaxAge + 60; second++) {
      clock.advance(1)
      for (const [n, keys] of nodes.entries()) if (second % 10 === [0, 4, 9][n]) await keys.maintain()
      for (const keys of nodes) {
        if (kids(keys).length < 2) lastWithout = second
        if (keys.signer().kid !== old) firstSigned ||= second
      }
    }
    t.equal(lastWithout, 8)
    t.ok(firstSigned - lastWithout > jwksMaxAge, `${firstSigned - lastWithout} seconds`)
    t.strictSame([...new Set(nodes.map(keys => keys.signer().kid))], [kids(nodes[0])[1]], 'in the end all sign with it')
  })

  t.test(
    `a node that reads a key late signs with the old one until its own caches have the key, on ${engine}`,
    async t => {
      const { node, clock } = await createNodes(t, engine)
      const [here, late] = [await node(), await node()]
      await here.start()
      await late.start()
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
    }
  )

  t.test(`two nodes that rotate at once create one new key on ${engine}`, async t => {
    const { node, trail } = await createNodes(t, engine)
    const [here, there] = [await node(), await node()]
    await here.start()
    await there.start()
    await Promise.all([here.rotate(), there.rotate()])
    await Promise.all([here.maintain(), there.maintain()])
    t.strictSame(kids(here), kids(there))
    // Consecutive calls are two rotations; concurrent calls are one.
    t.equal((await trail()).filter(({ action }) => action === 'key.rotated').length, kids(here).length - 1)
  })

  t.test(`two nodes that start at once on an empty database share one key on ${engine}`, async t => {
    const { node, trail } = await createNodes(t, engine)
    const nodes = [await node(), await node(), await node()]
    await Promise.all(nodes.map(keys => keys.start()))
    t.equal(new Set(nodes.map(keys => keys.signer().kid)).size, 1)
    t.equal((await trail()).length, 1)
  })
}

t.test('two nodes that reach the rotation age at once create one new key', async t => {
  const { node, clock } = await createNodes(t)
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
  await (await node()).start()
  const nodes = [await node({ keyRotation: 1000 }, together), await node({ keyRotation: 1000 }, together)] as const
  for (const keys of nodes) await keys.start()
  clock.advance(1000)
  await Promise.all(nodes.map(keys => keys.maintain()))
  t.equal(arrived, 2)
  t.equal(kids(nodes[0]).length, 2)
  t.strictSame(kids(nodes[0]), kids(nodes[1]))
})

t.test('a key is replaced once, when it reaches the age of KEY_ROTATION', async t => {
  const { node, clock, trail } = await createNodes(t)
  const keys = await node({ keyRotation: 86_400 })
  await keys.start()
  clock.advance(86_399)
  await keys.maintain()
  t.equal(kids(keys).length, 1)
  clock.advance(1)
  await keys.maintain()
  await keys.maintain()
  t.equal(kids(keys).length, 2)
  t.match((await trail()).at(-1), { action: 'key.rotated', actor: null })
})

t.test('KEY_ROTATION=0 never replaces a key (settings)', async t => {
  const { node, clock } = await createNodes(t)
  const keys = await node({ keyRotation: 0 })
  await keys.start()
  clock.advance(315_360_000)
  await keys.maintain()
  t.equal(kids(keys).length, 1)
})

t.test('a leaked key is replaced at once (CLI: keys rotate --now)', async t => {
  const { node } = await createNodes(t)
  const keys = await node()
  await keys.start()
  const { kid } = keys.signer()
  await keys.rotate({ immediately: true })
  t.not(keys.signer().kid, kid)
  t.strictSame(await states(keys), ['verifies', 'signs'])
})

t.test('a node that starts signs with the key that the others sign with', async t => {
  const { node, clock } = await createNodes(t)
  const here = await node()
  await here.start()
  await here.rotate()
  const [old, young] = kids(here)
  clock.advance(beforeSigning - 1)
  const during = await node()
  await during.start()
  t.equal(during.signer().kid, old)
  clock.advance(1)
  t.equal(here.signer().kid, young)
  t.equal(during.signer().kid, old, 'its own caches may lack the key')
  const after = await node()
  await after.start()
  t.equal(after.signer().kid, young)
  clock.advance(jwksMaxAge + 9)
  t.equal(during.signer().kid, young)
})

t.test('a key that no cache has signs when there is no other, and a key of an emergency does at once', async t => {
  const { node, clock } = await createNodes(t)
  const [here, there, late] = [await node(), await node(), await node()]
  for (const keys of [here, there, late]) await keys.start()
  const leaked = here.signer().kid
  await here.rotate()
  const planned = kids(here)[1]
  clock.advance(beforeSigning + afterlife)
  await late.maintain()
  t.strictSame([kids(late), late.signer().kid], [[planned], planned], 'the old one has expired')

  await here.rotate({ immediately: true })
  await there.maintain()
  for (const keys of [here, there]) {
    t.not(keys.signer().kid, planned)
    t.not(keys.signer().kid, leaked)
  }
})

t.test('a clock that was set back leaves a key that signs', async t => {
  const { node, clock } = await createNodes(t)
  const keys = await node()
  await keys.start()
  await keys.rotate()
  clock.advance(beforeSigning)
  clock.advance(-7200)
  t.ok(kids(keys).includes(keys.signer().kid))
})

t.test('unknown kids cause at most one look-up per second', async t => {
  const { node, clock } = await createNodes(t)
  let reads = 0
  const counting = (store: KeyStore): KeyStore => ({
    ...store,
    published: now => {
      reads++
      return store.published(now)
    }
  })
  const keys = await node({}, counting)
  await keys.start()
  reads = 0

  const unknown = async () =>
    (await Promise.all(Array.from({ length: 50 }, (_, i) => keys.verifier(`x${i}`)))).filter(Boolean)
  t.strictSame(await unknown(), [])
  t.equal(reads, 1, 'fifty concurrent requests share one')
  clock.advance(0.999)
  t.strictSame(await unknown(), [])
  t.equal(reads, 1)
  clock.advance(0.001)
  t.strictSame(await unknown(), [])
  t.equal(reads, 2)
  for (const kid of [undefined, null, 7, {}, '__proto__', "' OR 1=1 --", '../../etc/passwd']) {
    t.equal(await keys.verifier(kid), undefined)
  }
  t.ok(await keys.verifier(keys.signer().kid))
  t.equal(reads, 2, 'a known kid needs no look-up')
})

t.test('every request for a new key during its look-up gets it', async t => {
  const { node } = await createNodes(t)
  const [here, there] = [await node(), await node()]
  await here.start()
  await there.start()
  await here.rotate({ immediately: true })
  const { kid } = here.signer()
  const found = await Promise.all(Array.from({ length: 4 }, () => there.verifier(kid)))
  t.equal(found.filter(Boolean).length, 4)
})

t.test('a clock that was set back does not block look-ups for long', async t => {
  const { node, clock } = await createNodes(t)
  const [here, there] = [await node(), await node()]
  await here.start()
  await there.start()
  await there.verifier('unknown')
  clock.advance(-3600)
  await here.rotate()
  t.ok(await there.verifier(kids(here).at(-1)))
})

t.test("another node's new key is found by its kid before the next poll", async t => {
  const { node, clock } = await createNodes(t)
  const [here, there] = [await node(), await node()]
  await here.start()
  await there.start()
  clock.advance(5)
  await here.rotate({ immediately: true })
  t.ok(await there.verifier(here.signer().kid))
  t.equal(there.signer().kid, here.signer().kid)
})

t.test("another node's new key is found by its kid right after a poll, and during one that is slow", async t => {
  const { node } = await createNodes(t)
  const here = await node()
  let held: (() => void)[] | undefined
  const there = await node({}, store => ({
    ...store,
    async published(now) {
      const rows = await store.published(now)
      await new Promise<void>(resolve => (held ? held.push(resolve) : resolve()))
      return rows
    }
  }))
  await here.start()
  await there.start()
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

t.test('a failing store is not an unknown kid: the look-up throws, and the next one works', async t => {
  const { node, clock } = await createNodes(t)
  let broken = false
  const keys = await node({}, store => ({
    ...store,
    published: now => (broken ? Promise.reject(new Error('the store is ill')) : store.published(now))
  }))
  await keys.start()
  broken = true
  await t.rejects(keys.verifier('unknown'), { message: 'the store is ill' })
  await t.rejects(keys.maintain(), { message: 'the store is ill' })
  t.ok(keys.signer(), 'loaded keys still work')
  broken = false
  clock.advance(1)
  t.equal(await keys.verifier('unknown'), undefined)
})

t.test('a key from a node whose clock is slightly ahead signs anyway', async t => {
  const { node, clock } = await createNodes(t)
  const [ahead, behind] = [await node(), await node()]
  clock.advance(2)
  await ahead.start()
  clock.advance(-2)
  await behind.start()
  t.equal(behind.signer().kid, ahead.signer().kid)
})

t.test('a retired key verifies nothing from then on, on this node and on others', async t => {
  const { node, clock, trail } = await createNodes(t)
  const [here, there] = [await node(), await node()]
  await here.start()
  await there.start()
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

t.test('refuses to retire the newest key when the previous one expires soon', async t => {
  const { node, clock } = await createNodes(t)
  const keys = await node()
  await keys.start()
  await keys.rotate()
  clock.advance(beforeSigning)
  const leaked = keys.signer().kid
  await t.rejects(keys.retire(leaked), { name: 'Problem', status: 409 })
  await keys.rotate({ immediately: true })
  await keys.retire(leaked)
  clock.advance(afterlife)
  await keys.maintain()
  t.not(keys.signer().kid, leaked)
  await keys.rotate()
  t.strictSame(await states(keys), ['expired', 'expired', 'signs', 'published'])
})

t.test('refuses to retire an unknown key, or one without a replacement', async t => {
  const { node, clock } = await createNodes(t)
  const keys = await node()
  await keys.start()
  const { kid } = keys.signer()
  await t.rejects(keys.retire('nothing'), {
    name: 'Problem',
    status: 404,
    message: 'There is no published key nothing.'
  })
  const noOther = { name: 'Problem', status: 409, message: /Rotate the keys first\.$/ }
  await t.rejects(keys.retire(kid), noOther)
  await keys.rotate()
  await t.rejects(keys.retire(kid), noOther, 'the next is only published')
  clock.advance(beforeSigning)
  await keys.retire(kid)
  await t.rejects(keys.retire(kid), { name: 'Problem', status: 404 }, 'once')
})
