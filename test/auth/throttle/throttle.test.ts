import t, { type Test } from 'tap'
import { createApp, createUser, password, withMetrics } from '../../support/app.ts'
import { all, assertMustWait, changePassword, guess, guesses, logInFrom, stranger, turns } from '../../support/guess.ts'
import { assertProblem } from '../../support/problem.ts'
import { event } from '../../support/store.ts'

const home = '192.0.2.1'
const office = '203.0.113.1'

/** An app with the account alice, which has never logged in. */
async function withAlice(t: Test) {
  const made = await createApp(t, withMetrics)
  return { ...made, alice: await createUser(made.app) }
}

t.test('guessing', async t => {
  t.test('ten failures are free, then 1 s, 2 s, 4 s … 15 min, and never more (decision 34)', async t => {
    const { app, clock } = await withAlice(t)
    const waits: number[] = []
    let failures = 0
    let failuresAtLongest = 0
    while (waits.length < 15) {
      const before = await turns(app)
      const answer = await guess(app)
      if (answer.statusCode === 400) {
        failures++
        continue
      }
      const seconds = Number(answer.headers['retry-after'])
      assertMustWait(t, answer, seconds)
      t.equal(await turns(app), before, 'and no hash was spent')
      if (seconds === 900 && failuresAtLongest === 0) failuresAtLongest = failures
      waits.push(seconds)
      if (seconds > 1) {
        clock.advance(seconds - 1)
        assertMustWait(t, await guess(app), 1)
        clock.advance(1)
      } else clock.advance(seconds)
    }
    t.strictSame(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900])
    t.equal(failures, 24, 'after each wait one attempt was let through')
    t.ok(failuresAtLongest <= 100, 'NIST SP 800-63B-4 §3.2.2')
  })

  t.test('the right password succeeds after the wait (decision 34: no account is locked)', async t => {
    const { app, clock } = await withAlice(t)
    t.strictSame(await guesses(app, 11), [...all(10, 400), 429])
    t.equal(await logInFrom(app, stranger), 429, 'the right password waits too')
    clock.advance(1)
    t.equal(await logInFrom(app, stranger), 200)
  })

  t.test('an attacker elsewhere cannot make the owner wait at a known prefix (decision 34)', async t => {
    const { app, clock } = await withAlice(t)
    t.equal(await logInFrom(app, home), 200)
    for (let i = 0; i < 10; i++) t.strictSame(await guesses(app, 1, `10.0.${i}.1`), [400])
    for (let i = 0; i < 10; i++) {
      const answer = await guess(app, `10.1.${i}.1`)
      t.equal(answer.statusCode, 429, 'one counter per account for all unknown prefixes')
      clock.advance(Number(answer.headers['retry-after']))
      t.strictSame(await guesses(app, 1, `10.1.${i}.1`), [400])
    }
    assertMustWait(t, await guess(app, '10.2.0.1'), 900)
    t.equal(await logInFrom(app, '192.0.2.200'), 200, 'the owner, at any address in the known /24')
    assertMustWait(t, await guess(app, '10.2.0.1'), 900)
    t.equal(await logInFrom(app, office), 429, 'the owner has to wait at an unknown prefix')
  })

  t.test('a login from a known prefix clears the counter of that prefix only (decision 34)', async t => {
    const { app, clock } = await withAlice(t)
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
    t.strictSame(await guesses(app, 1, '10.9.9.9'), [400])
    t.strictSame(await guesses(app, 1, '10.9.9.9'), [429], 'the first login from a prefix clears no counter')
  })

  t.test('the answers for missing, disabled and guessed-at accounts are identical to the byte', async t => {
    const { app, clock } = await withAlice(t)
    for (const username of ['bob', 'carol'])
      await app.userAdmin.update((await createUser(app, username)).id, { disabled: true }, {})
    const series = async (from: string, form: Record<string, string>) => {
      const answers: unknown[] = []
      for (let i = 0; i < 16; i++) {
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
      [...all(10, 400), 429, 400, 429, 400, 429, 400].map(statusCode => ({ statusCode }))
    )
    t.strictSame(await series('10.0.1.1', { username: 'mallory' }), wrong)
    t.strictSame(await series('10.0.2.1', { username: 'mallory@example.com' }), wrong)
    t.strictSame(await series('10.0.3.1', { username: 'bob', password }), wrong)
    t.strictSame(await series('10.0.4.1', { username: 'carol' }), wrong)
  })

  t.test('an account has one counter for all its identifiers (decision 34)', async t => {
    const { app, alice, clock } = await withAlice(t)
    const email = 'alice@example.com'
    await app.db.users.update(alice.id, { email, emailVerified: true, updatedAt: clock.now() }, event('user.updated'))
    t.strictSame(await guesses(app, 5, stranger, { username: 'ALICE' }), all(5, 400))
    t.strictSame(await guesses(app, 6, stranger, { username: 'Alice@Example.com' }), [...all(5, 400), 429])
    t.strictSame(await guesses(app, 5, stranger, { username: 'mallory' }), all(5, 400))
    t.strictSame(await guesses(app, 6, stranger, { username: 'MALLORY' }), [...all(5, 400), 429])
  })

  t.test('no other spelling of an address tells by its waits whether an account has it', async t => {
    const spellings = ['@example.com', '\uff20example.com', '\ufe6bexample.com']
    const { app, alice, clock } = await withAlice(t)
    const email = 'alice@example.com'
    await app.db.users.update(alice.id, { email, emailVerified: true, updatedAt: clock.now() }, event('user.updated'))
    for (const [at, spelling] of spellings.slice(1).entries()) {
      const waits: number[][] = []
      for (const name of ['alice', 'mallory']) {
        const counted = await guesses(app, 11, `10.${at}.1.1`, { username: name + spelling })
        waits.push([...counted, ...(await guesses(app, 1, `10.${at}.2.1`, { username: name + spellings[0] }))])
      }
      t.strictSame(waits[0], [...all(10, 400), 429, 400], escape(spelling))
      t.strictSame(waits[1], waits[0], escape(spelling))
    }
  })

  t.test('nor does a spelling of its domain that is the same address', async t => {
    const { app, alice, clock } = await withAlice(t)
    const email = 'alice@example.com'
    await app.db.users.update(alice.id, { email, emailVerified: true, updatedAt: clock.now() }, event('user.updated'))
    for (const name of ['alice', 'mallory']) {
      const spelled = await guesses(app, 11, '10.0.1.1', { username: `${name}@e\uff58ample.com` })
      const plain = await guesses(app, 1, '10.0.2.1', { username: `${name}@example.com` })
      t.strictSame([...spelled, ...plain], [...all(10, 400), 429, 429], name)
      clock.advance(3600)
    }
  })

  t.test('a wrong current password uses the same counters as a wrong login (decision 34)', async t => {
    const { app, clock } = await withAlice(t)
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
})
