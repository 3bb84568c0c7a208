import t, { type Test } from 'tap'
import { deriveKey, mac, sha256 } from '../../../src/auth/keys/secrets.ts'
import { addressPrefix } from '../../../src/auth/throttle/address-prefix.ts'
import type { Policy } from '../../../src/auth/throttle/backoff.ts'
import { bearer, createApp, createUser, metricOf, password, postForm, withMetrics } from '../../support/app.ts'
import { attempt } from '../../support/attempts.ts'
import { all, assertMustWait, guess, guesses, logInFrom, stranger } from '../../support/guess.ts'

const home = '192.0.2.1'
const [minute, hour] = [60, 3600]
const yearMs = 365 * 24 * 3_600_000
const series: Policy = { free: 100, most: 100, forgiveMs: yearMs, longestMs: yearMs }
const knownPrefix: Policy = { free: 300, most: 310, forgiveMs: 10_000, longestMs: 900_000 }

/** An app with the account alice, and a function that counts attempts in one counter. */
async function withAlice(t: Test, settings: Parameters<typeof createApp>[1] = {}) {
  const made = await createApp(t, settings)
  const count = async (key: string, policy: Policy, times: number) => {
    const now = made.clock.now().getTime()
    for (let n = 0; n < times; n++) await made.app.db.throttle.take([attempt(key, now, policy)])
  }
  return { ...made, alice: await createUser(made.app), count }
}

t.test('what guessing can reach', async t => {
  t.test('guesses beside the logins of the owner are few: twenty, and eleven an hour (decision 34)', async t => {
    const hours = 3
    for (const most of [2, 9]) {
      const { app, clock } = await withAlice(t)
      let checked = 0
      let logins = 0
      for (let passed = 0; passed < hours * hour; passed += 6 * minute) {
        if ((await logInFrom(app, home)) === 200) logins++
        for (let n = 0; n < most && (await guess(app, '192.0.2.99')).statusCode === 400; n++) checked++
        clock.advance(6 * minute)
      }
      t.ok(checked > 9 * hours && checked <= 20 + 11 * hours, `${checked} guesses were checked`)
      t.ok(logins > 4 * hours, `${logins} logins of the owner`)
    }
  })

  t.test('a login forgives at most ten failures at once (decision 34)', async t => {
    const { app } = await withAlice(t)
    t.equal(await logInFrom(app, home), 200)
    t.strictSame(await guesses(app, 9, home), all(9, 400))
    t.equal(await logInFrom(app, home), 200)
    t.strictSame(await guesses(app, 9, home), all(9, 400))
    t.equal(await logInFrom(app, home), 200, 'forgives one')
    t.strictSame(await guesses(app, 3, home), [400, 400, 429])
  })

  t.test('an attempt that is taken back forgives no earlier failure', async t => {
    const { app, alice } = await withAlice(t)
    t.equal(await logInFrom(app, home), 200)
    t.strictSame(await guesses(app, 8, home), all(8, 400))
    for (let n = 0; n < 20; n++) {
      const caller = await app.throttle.caller({ userId: alice.id }, home)
      await app.throttle.withdraw(await app.throttle.password(caller))
    }
    t.strictSame(await guesses(app, 4, home), [400, 400, 429, 429])
  })

  t.test(
    'after 100 failures in a row, only known networks and a new password help (NIST SP 800-63B-4 §3.2.2)',
    async t => {
      const { app, clock, config, alice, count } = await withAlice(t)
      t.equal(await logInFrom(app, home), 200)
      const answers: unknown[] = []
      for (const [id, username] of [
        [alice.id, 'alice'],
        [mac(deriveKey(config.secret, 'counter-names'), 'mallory'), 'mallory']
      ] as const) {
        await count(`consecutive:${id}`, series, 98)
        t.strictSame(await guesses(app, 3, stranger, { username }), [400, 400, 429])
        for (const wait of [1, 30 * 24 * hour]) {
          clock.advance(wait)
          const { statusCode, headers, body } = await guess(app, stranger, { username })
          const { date, 'x-request-id': requestId, ...rest } = headers
          answers.push({ statusCode, headers: rest, body })
        }
      }
      t.match(answers[0], { statusCode: 429, headers: { 'retry-after': '3600' } })
      for (const answer of answers) t.strictSame(answer, answers[0], 'also for names that do not exist')
      t.equal(
        JSON.parse((answers[0] as { body: string }).body).error_description,
        'Too many wrong passwords. Log in from a network that you have used before, or reset your password.'
      )
      t.equal(await logInFrom(app, stranger), 429, 'the right password does not help')
      t.equal(await logInFrom(app, home), 200, 'a login from a known network ends the series')
      t.equal(await logInFrom(app, stranger), 200)

      await count(`consecutive:${alice.id}`, series, 100)
      t.equal(await logInFrom(app, '203.0.113.1'), 429)
      await app.accountPasswords.set(alice, 'purple monkey dishwasher lamp', {})
      const again = { password: 'purple monkey dishwasher lamp' }
      t.equal((await guess(app, '203.0.113.1', again)).statusCode, 200, 'so does a new password')
    }
  )

  t.test('a password in the field of the name cannot be guessed from the counters without SECRET', async t => {
    const { app, config } = await withAlice(t)
    const typed = 'winter2026'
    await guess(app, stranger, { username: typed })
    const found = (hash: string) =>
      app.db.throttle.counters(['account', 'consecutive'].map(name => `${name}:${hash}`)).then(rows => rows.length)
    t.equal(await found(sha256(typed)), 0)
    t.equal(await found(mac(deriveKey(config.secret, 'counter-names'), typed)), 2)
    t.equal(await found(mac(deriveKey('another secret of 32 characters!', 'counter-names'), typed)), 0)
  })

  t.test('failures at a known prefix do not count for others (decision 34)', async t => {
    const { app, alice } = await withAlice(t)
    t.equal(await logInFrom(app, home), 200)
    t.strictSame(await guesses(app, 5, home), all(5, 400))
    const keys = [`consecutive:${alice.id}`, `account:${alice.id}`]
    t.strictSame(
      (await app.db.throttle.counters(keys)).filter(({ clearsAt }) => clearsAt > Date.now()),
      []
    )
  })

  t.test('a prefix that guesses at many known accounts waits after 300 failures (decision 34)', async t => {
    const { app, count } = await withAlice(t)
    await createUser(app, 'bob')
    for (const name of ['alice', 'bob']) t.equal(await logInFrom(app, home, name), 200)
    await count('known-prefix:192.0.2.0/24', knownPrefix, 299)
    t.strictSame(await guesses(app, 1, home), [400])
    assertMustWait(t, await guess(app, home, { username: 'bob' }), 1)
    t.strictSame(await guesses(app, 1, home, { username: 'mallory' }), [400], 'an unknown account')
  })

  t.test('an IPv6 /48 may guess four times as often as a /64 (decision 34)', async t => {
    const { app } = await withAlice(t)
    const from = (subnet: number) => `2001:db8:1:${subnet.toString(16)}::1`
    for (let n = 0; n < 200; n += 20)
      t.strictSame(
        (
          await Promise.all(Array.from({ length: 20 }, (_, i) => guess(app, from(n + i), { username: `user${n + i}` })))
        ).map(({ statusCode }) => statusCode),
        all(20, 400)
      )
    assertMustWait(t, await guess(app, from(999), { username: 'another' }), 1)
    t.strictSame(await guesses(app, 1, '2001:db8:2::1', { username: 'another' }), [400])
  })

  t.test('right passwords of one account are limited, from all prefixes together (setting LIMITS)', async t => {
    const { app, clock } = await withAlice(t, { limits: ['login=4'] })
    for (let n = 0; n < 4; n++) t.equal(await logInFrom(app, home), 200)
    assertMustWait(t, await guess(app, home, { password }), 1)
    t.match((await app.audit.page({ limit: 1 })).items[0], { detail: { counter: 'logins' } })
    assertMustWait(t, await guess(app, stranger, { password }), 1)
    clock.advance(15 * minute)
    t.equal(await logInFrom(app, home), 200)
    assertMustWait(t, await guess(app, home, { password }), 1)
  })

  t.test('registrations are limited for an IPv6 /48, and share two common limits (setting LIMITS)', async t => {
    const { app, clock } = await withAlice(t, { limits: ['registration=1'] })
    let names = 0
    const register = async (remoteAddress: string) => {
      const payload = { username: `user${names++}`, password }
      return (await app.inject({ method: 'POST', url: '/users', remoteAddress, payload })).statusCode
    }
    for (let n = 1; n <= 4; n++) t.equal(await register(`2001:db8:1:${n}::1`), 201)
    t.equal(await register('2001:db8:1:5::1'), 429)
    for (let n = 1; n <= 9; n++) t.equal(await register(`203.0.${n}.1`), 201)
    t.equal(await register('203.0.10.1'), 429, 'of prefixes that had not registered')
    clock.advance(1)
    t.equal(await register('203.0.10.1'), 201, 'what was refused counts nowhere')
  })

  t.test('what one counter refuses counts in no other (decision 34)', async t => {
    const { app, alice, count, clock } = await withAlice(t)
    const hourly = { free: 10, most: 20, forgiveMs: 3_600_000, longestMs: 900_000 }
    const caller = await app.throttle.caller({ userId: alice.id }, stranger)
    await count(`account:${alice.id}`, hourly, 10)
    await t.rejects(app.throttle.password(caller), { status: 429, message: 'Too many attempts. Try again in 1 s.' })
    const keys = [`consecutive:${alice.id}`, `prefix:${addressPrefix(stranger)}`]
    const others = (await app.db.throttle.counters(keys)).filter(({ clearsAt }) => clearsAt > clock.now().getTime())
    t.strictSame(others, [])
  })

  t.test('a right password costs no attempt, whatever the request asks for (decision 34)', async t => {
    const { app, alice } = await withAlice(t)
    const scope = { password, scope: 'unknown:scope' }
    t.strictSame(await guesses(app, 12, stranger, scope), all(12, 400), 'a scope that is refused')
    for (let n = 0; n < 12; n++)
      await app.accountPasswords.assert(alice, password, 'user.deletion_failed', { ip: stranger })
    t.strictSame(await guesses(app, 11), [...all(10, 400), 429])
  })

  t.test('changes of one profile are limited (decision 34)', async t => {
    const { app, clock } = await withAlice(t)
    const { access_token: token } = (await guess(app, home, { password })).json()
    const change = async () =>
      await app.inject({ method: 'PATCH', url: '/users/me', payload: { full_name: 'Alice' }, headers: bearer(token) })
    for (let n = 0; n < 60; n++) t.equal((await change()).statusCode, 200)
    const refused = await change()
    t.match(refused, { statusCode: 429, headers: { 'retry-after': '1' } })
    clock.advance(1)
    t.equal((await change()).statusCode, 200)
  })
})

t.test('refreshes of one login are limited, and a refused one loses nothing (setting LIMITS)', async t => {
  const { app, clock } = await createApp(t, { ...withMetrics, limits: ['refresh=3'] })
  await createUser(app)
  const logIn = async () => (await guess(app, home, { password })).json().refresh_token
  const refresh = (token: string) => postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: token })
  let token = await logIn()
  for (let n = 0; n < 3; n++) {
    const answer = await refresh(token)
    t.equal(answer.statusCode, 200)
    token = answer.json().refresh_token
  }
  const refused = await refresh(token)
  assertMustWait(t, refused, 1200)
  t.equal((await refresh(await logIn())).statusCode, 200, 'another login')
  t.match(await metricOf(app, 'sallyport_throttled_total'), /\{counter="refresh"\} 1$/m)
  clock.advance(1200)
  t.equal((await refresh(token)).statusCode, 200, 'the same token works afterwards')
})
