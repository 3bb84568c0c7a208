import t from 'tap'
import { deriveKey, mac, sha256 } from '../../../src/base/secrets.ts'
import { createApp, createUser, metricOf, password } from '../../support/app.ts'
import {
  all,
  assertMustWait,
  changePassword,
  createGuessWorld,
  guess,
  guesses,
  logInFrom,
  stranger,
  turns
} from '../../support/guess.ts'
import { assertProblem } from '../../support/problem.ts'
import { event } from '../../support/store.ts'

const home = '192.0.2.1'
const office = '203.0.113.1'

t.test('Ten failures are free, then 1 s, 2 s, 4 s … 15 min, and never more', async t => {
  const { app, clock, alice, count, countersOf } = await createGuessWorld(t)
  t.strictSame(await guesses(app, 10), all(10, 400))
  for (const seconds of [1, 2, 4]) {
    const before = await turns(app)
    assertMustWait(t, await guess(app, stranger, { password }), seconds)
    t.equal(await turns(app), before, 'and no hash was spent')
    clock.advance(seconds - 1)
    if (seconds > 1) assertMustWait(t, await guess(app), 1)
    clock.advance(1)
    t.strictSame(await guesses(app, 1), [400])
  }
  t.match(await metricOf(app, 'sallyport_throttled_total'), /^sallyport_throttled_total\{counter="account"\} 5$/m)
  clock.advance(8)
  for (let n = 0; n < 7; n++) {
    await count(countersOf('account', alice.id), 1)
    clock.advance(900)
  }
  t.strictSame(await guesses(app, 1), [400])
  assertMustWait(t, await guess(app), 900)
  clock.advance(900)
  t.equal(await logInFrom(app, stranger), 200, 'the right password succeeds after the wait: no account is locked')
})

t.test('An attacker elsewhere cannot make the owner wait at a known prefix', async t => {
  const { app } = await createGuessWorld(t)
  t.equal(await logInFrom(app, home), 200)
  for (let i = 0; i < 10; i++) t.strictSame(await guesses(app, 1, `10.0.${i}.1`), [400])
  assertMustWait(t, await guess(app, '10.2.0.1'), 1)
  t.equal(await logInFrom(app, '192.0.2.200'), 200, 'the owner, at any address in the known /24')
  assertMustWait(t, await guess(app, '10.2.0.1'), 1)
  t.equal(await logInFrom(app, office), 429, 'the owner has to wait at an unknown prefix')
})

t.test('A login from a known prefix clears the counter of that prefix only', async t => {
  const { app, clock } = await createGuessWorld(t)
  for (const known of [home, office]) t.equal(await logInFrom(app, known), 200)
  t.strictSame(await guesses(app, 9, home), all(9, 400))
  t.strictSame(await guesses(app, 11, office), [...all(10, 400), 429])
  t.strictSame(await guesses(app, 11), [...all(10, 400), 429])
  t.equal(await logInFrom(app, home), 200)
  t.strictSame(await guesses(app, 11, home), [...all(10, 400), 429], 'cleared')
  t.strictSame(await guesses(app, 1, office), [429], 'kept')
  t.strictSame(await guesses(app, 1), [429], 'kept')
  clock.advance(1)
  t.equal(await logInFrom(app, stranger), 200)
  t.strictSame(await guesses(app, 2, '10.9.9.9'), [400, 429], 'the first login from a prefix clears no counter')
})

t.test('The answers for missing, disabled and guessed-at accounts are identical to the byte', async t => {
  const { app, clock } = await createGuessWorld(t)
  for (const username of ['bob', 'carol'])
    await app.userAdmin.update((await createUser(app, username)).id, { disabled: true }, {})
  const series = async (from: string, form: Record<string, string>) => {
    const answers: unknown[] = []
    for (let i = 0; i < 13; i++) {
      const { statusCode, headers, body } = await guess(app, from, form)
      const { date, 'x-request-id': id, ...rest } = headers
      answers.push({ statusCode, body, headers: rest })
      clock.advance(Number(headers['retry-after'] ?? 0))
    }
    return answers
  }
  const wrong = await series('10.0.0.1', {})
  t.match(
    wrong,
    [...all(10, 400), 429, 400, 429].map(statusCode => ({ statusCode }))
  )
  for (const [at, form] of [
    { username: 'mallory' },
    { username: 'mallory@example.com' },
    { username: 'bob', password },
    { username: 'carol' }
  ].entries())
    t.strictSame(await series(`10.0.${at + 1}.1`, form as Record<string, string>), wrong, form.username)
})

t.test('An account has one counter for all its identifiers, and no other spelling tells whether it exists', async t => {
  const { app, alice, clock } = await createGuessWorld(t)
  const email = 'alice@example.com'
  await app.db.users.update(alice.id, { email, emailVerified: true, updatedAt: clock.now() }, event('user.updated'))
  for (const username of ['ALICE', 'MALLORY']) {
    t.strictSame(await guesses(app, 5, stranger, { username: username.toLowerCase() }), all(5, 400))
    const other = username === 'ALICE' ? 'Alice@Example.com' : username
    t.strictSame(await guesses(app, 6, stranger, { username: other }), [...all(5, 400), 429])
  }
  const spellings = { '\uff20example.com': 400, '\ufe6bexample.com': 400, '@e\uff58ample.com': 429 }
  for (const [at, [spelling, last]] of Object.entries(spellings).entries()) {
    clock.advance(3600 * 24)
    for (const name of ['alice', 'mallory']) {
      const spelled = await guesses(app, 11, `10.${at}.1.1`, { username: name + spelling })
      const plain = await guesses(app, 1, `10.${at}.2.1`, { username: `${name}@example.com` })
      t.strictSame([...spelled, ...plain], [...all(10, 400), 429, last], `${name} ${escape(spelling)}`)
    }
  }
})

t.test('A wrong current password uses the same counters as a wrong login', async t => {
  const { app, clock } = await createGuessWorld(t)
  const { access_token: token } = (await guess(app, home, { password })).json()
  for (let i = 0; i < 5; i++) t.equal((await changePassword(app, home, token)).statusCode, 403)
  t.strictSame(await guesses(app, 5, home), all(5, 400))
  const before = await turns(app)
  const refused = await changePassword(app, home, token, password)
  assertProblem(t, refused, 429, '/users/me/password', { detail: 'Too many attempts. Try again in 1 s.' })
  t.equal(refused.headers['retry-after'], '1')
  t.equal(await logInFrom(app, home), 429)
  t.equal(await turns(app), before)
  clock.advance(1)
  t.equal((await changePassword(app, home, token, password)).statusCode, 200)
})

t.test('A login forgives at most ten failures at once', async t => {
  const { app } = await createGuessWorld(t)
  t.equal(await logInFrom(app, home), 200)
  t.strictSame(await guesses(app, 9, home), all(9, 400))
  t.equal(await logInFrom(app, home), 200)
  t.strictSame(await guesses(app, 9, home), all(9, 400))
  t.equal(await logInFrom(app, home), 200, 'forgives one')
  t.strictSame(await guesses(app, 3, home), [400, 400, 429])
})

t.test('An attempt that is taken back forgives no earlier failure', async t => {
  const { app, alice, count, countersOf } = await createGuessWorld(t)
  t.equal(await logInFrom(app, home), 200)
  await count(countersOf('known', [alice.id, home]), 8)
  const caller = await app.throttle.caller({ userId: alice.id }, home)
  for (let n = 0; n < 3; n++) await app.throttle.withdraw(await app.throttle.password(caller))
  t.strictSame(await guesses(app, 3, home), [400, 400, 429])
})

t.test(
  'After 100 failures in a row, only known networks and a new password help (NIST SP 800-63B-4 §3.2.2)',
  async t => {
    const { app, clock, config, alice, count, countersOf } = await createGuessWorld(t)
    t.equal(await logInFrom(app, home), 200)
    const answers: unknown[] = []
    for (const [id, username] of [
      [alice.id, 'alice'],
      [mac(deriveKey(config.secret, 'counter-names'), 'mallory'), 'mallory']
    ] as const) {
      await count(countersOf('consecutive', id), 98)
      t.strictSame(await guesses(app, 3, stranger, { username }), [400, 400, 429])
      for (const wait of [1, 30 * 86_400]) {
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

    await count(countersOf('consecutive', alice.id), 100)
    t.equal(await logInFrom(app, office), 429)
    const again = { password: 'purple monkey dishwasher lamp' }
    await app.accountPasswords.set(alice, again.password, {})
    t.equal((await guess(app, office, again)).statusCode, 200, 'so does a new password')
  }
)

t.test('A password in the field of the name cannot be guessed from the counters without SECRET', async t => {
  const { app, config, counted } = await createGuessWorld(t)
  const typed = 'winter2026'
  await guess(app, stranger, { username: typed })
  const found = async (hash: string) =>
    (await counted(['account', 'consecutive'].map(name => `${name}:${hash}`))).length
  t.equal(await found(sha256(typed)), 0)
  t.equal(await found(mac(deriveKey(config.secret, 'counter-names'), typed)), 2)
  t.equal(await found(mac(deriveKey('another secret of 32 characters!', 'counter-names'), typed)), 0)
})

t.test('Failures at a known prefix do not count for others', async t => {
  const { app, alice, count, counted, countersOf } = await createGuessWorld(t)
  t.equal(await logInFrom(app, home), 200)
  t.strictSame(await guesses(app, 5, home), all(5, 400))
  const account = countersOf('account', alice.id)
  const others = [...countersOf('consecutive', alice.id), ...countersOf('prefix', stranger)].map(({ key }) => key)
  t.strictSame(await counted([...account.map(({ key }) => key), ...others]), [])
  await count(account, 10)
  const caller = await app.throttle.caller({ userId: alice.id }, stranger)
  await t.rejects(app.throttle.password(caller), { status: 429, message: 'Too many attempts. Try again in 1 s.' })
  t.strictSame(await counted(others), [], 'what one counter refuses counts in no other')
})

t.test('A prefix that guesses at many known accounts waits after 300 failures', async t => {
  const { app, count, countersOf } = await createGuessWorld(t)
  await createUser(app, 'bob')
  for (const name of ['alice', 'bob']) t.equal(await logInFrom(app, home, name), 200)
  await count(countersOf('known-prefix', home), 299)
  t.strictSame(await guesses(app, 1, home), [400])
  assertMustWait(t, await guess(app, home, { username: 'bob' }), 1)
  t.strictSame(await guesses(app, 1, home, { username: 'mallory' }), [400], 'an unknown account')
})

t.test('A prefix that guesses at many accounts waits, in any spelling of its addresses', async t => {
  const { app, clock, count, countersOf } = await createGuessWorld(t)
  for (const [first, second, other] of [
    ['192.0.2.1', '::ffff:192.0.2.254', '192.0.3.1'],
    ['2001:db8::1', '2001:db8::ffff:1:2:3', '2001:db8:0:1::1']
  ] as const) {
    await count(countersOf('prefix', first).slice(0, 1), 48)
    for (const username of ['one', 'two']) t.strictSame(await guesses(app, 1, first, { username }), [400])
    assertMustWait(t, await guess(app, second, { username: 'three' }), 1)
    t.equal(await logInFrom(app, second), 429)
    t.strictSame(await guesses(app, 1, other), [400])
    clock.advance(1)
    t.equal(await logInFrom(app, second), 200)
  }
})

t.test('An IPv6 /48 may guess four times as often as a /64', async t => {
  const { app, count, countersOf } = await createGuessWorld(t)
  await count(countersOf('prefix', '2001:db8:1::').slice(1), 198)
  for (const n of [1, 2]) t.strictSame(await guesses(app, 1, `2001:db8:1:${n}::1`, { username: `user${n}` }), [400])
  assertMustWait(t, await guess(app, '2001:db8:1:3::1', { username: 'another' }), 1)
  t.strictSame(await guesses(app, 1, '2001:db8:2::1', { username: 'another' }), [400])
})

t.test('Attempts that reach no password check do not count', async t => {
  const { app } = await createGuessWorld(t)
  const before = await turns(app)
  for (const [form, status] of [
    [{ password: '' }, 400],
    [{ username: '' }, 400],
    [{ password: 'a\0b' }, 400],
    [{ grant_type: 'implicit' }, 400],
    [{ client_id: 'c_unknown' }, 401]
  ] as const)
    t.strictSame(await guesses(app, 3, stranger, form), all(3, status), JSON.stringify(form))
  t.equal(await turns(app), before)
  t.strictSame(await guesses(app, 11), [...all(10, 400), 429])
})

t.test('A right password costs no attempt, whatever the request asks for', async t => {
  const { app, alice } = await createGuessWorld(t)
  const scope = { password, scope: 'unknown:scope' }
  t.strictSame(await guesses(app, 12, stranger, scope), all(12, 400), 'a scope that is refused')
  for (let n = 0; n < 12; n++)
    await app.accountPasswords.withPassword(alice, password, 'user.deletion_failed', { ip: stranger }, async () => {})
  t.strictSame(await guesses(app, 11), [...all(10, 400), 429])
})

t.test('Guessing in parallel gains nothing: an attempt counts before it is compared', async t => {
  // As many as have places at one at a time.
  for (const hashConcurrency of [1, 16]) {
    const { app } = await createApp(t, { hashConcurrency })
    await createUser(app)
    const answers = await Promise.all(Array.from({ length: 13 }, () => guess(app)))
    const statuses = answers.map(({ statusCode }) => statusCode).sort()
    t.strictSame(statuses, [...all(10, 400), ...all(3, 429)], `${hashConcurrency} at once`)
  }
})

t.test('Many right passwords at once all succeed', async t => {
  // As in production, a hash takes longer than the write that gives its attempt back.
  const { app } = await createGuessWorld(t, { bcryptCost: 8, hashConcurrency: 2 })
  const statuses = await Promise.all(Array.from({ length: 16 }, () => logInFrom(app, stranger)))
  t.strictSame(statuses, all(16, 200))
})
