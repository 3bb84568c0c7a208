import t, { type Test } from 'tap'
import { createApp, createUser, withMetrics } from '../../support/app.ts'
import { all, assertMustWait, guess, guesses, logInFrom, stranger, turns } from '../../support/guess.ts'

/** An app with the account alice, which has never logged in. */
async function withAlice(t: Test, more: Parameters<typeof createApp>[1] = {}) {
  const made = await createApp(t, { ...withMetrics, hashConcurrency: 2, ...more })
  return { ...made, alice: await createUser(made.app) }
}

t.test('distributed guessing', async t => {
  t.test('a prefix that guesses at many accounts waits, in any spelling of its addresses (decision 34)', async t => {
    for (const [first, second, other] of [
      ['192.0.2.1', '192.0.2.254', '192.0.3.1'],
      ['2001:db8::1', '2001:db8::ffff:1:2:3', '2001:db8:0:1::1'],
      ['::ffff:192.0.2.1', '192.0.2.9', '::ffff:192.0.3.1']
    ] as const) {
      const { app, clock } = await withAlice(t)
      for (let n = 0; n < 50; n++)
        t.equal((await guess(app, first, { username: `user${n}` })).statusCode, 400, `user${n}`)
      assertMustWait(t, await guess(app, second, { username: 'user50' }), 1)
      t.equal(await logInFrom(app, second), 429)
      t.strictSame(await guesses(app, 1, other), [400])
      clock.advance(1)
      t.equal(await logInFrom(app, second), 200)
    }
  })

  t.test('attempts that reach no password check do not count (decision 34)', async t => {
    const { app } = await withAlice(t)
    const before = await turns(app)
    for (const [form, status] of [
      [{ password: '' }, 400],
      [{ username: '' }, 400],
      [{ password: 'a\0b' }, 400],
      [{ grant_type: 'implicit' }, 400],
      [{ client_id: 'c_unknown' }, 401]
    ] as const) {
      t.strictSame(await guesses(app, 12, stranger, form), all(12, status), JSON.stringify(form))
    }
    t.equal(await turns(app), before)
    t.strictSame(await guesses(app, 11), [...all(10, 400), 429])
  })

  t.test('guessing in parallel gains nothing: an attempt counts before it is compared (decision 34)', async t => {
    // As many as have places at one at a time.
    for (const hashConcurrency of [1, 16]) {
      const { app } = await createApp(t, { hashConcurrency })
      await createUser(app)
      const answers = await Promise.all(Array.from({ length: 13 }, () => guess(app)))
      t.equal(answers.filter(({ statusCode }) => statusCode === 400).length, 10, `${hashConcurrency} at once`)
      t.equal(answers.filter(({ statusCode }) => statusCode === 429).length, 3)
    }
  })

  t.test('many right passwords at once all succeed (decision 34)', async t => {
    // As in production, a hash takes longer than the write that gives its attempt back.
    const { app } = await withAlice(t, { bcryptCost: 8 })
    const statuses = await Promise.all(Array.from({ length: 16 }, () => logInFrom(app, stranger)))
    t.strictSame(statuses, all(16, 200))
  })
})
