import t from 'tap'
import { createApp, createUser } from '../../support/app.ts'
import { guess, logInFrom } from '../../support/guess.ts'

t.test('A login waits for its turn as its account and prefix, which is known after a login from there', async t => {
  const { app } = await createApp(t)
  const { id } = await createUser(app)
  const asked = t.capture(app.passwords, 'takeTurn', app.passwords.takeTurn)
  t.equal(await logInFrom(app, '192.0.2.1'), 200)
  t.equal(await logInFrom(app, '192.0.2.9'), 200)
  await guess(app, '198.51.100.7')
  await guess(app, '198.51.100.7', { username: 'mallory' })
  t.match(
    asked().map(({ args: [request] }) => request),
    [
      { account: id, prefix: '192.0.2.0/24', isKnown: false },
      { account: id, prefix: '192.0.2.0/24', isKnown: true },
      { account: id, prefix: '198.51.100.0/24', isKnown: false },
      { account: /^[\w-]{43}$/, prefix: '198.51.100.0/24', isKnown: false }
    ]
  )
})
