import t from 'tap'
import { createVerifiedUser, postForm } from '../../support/app.ts'
import { createMailApp, linkIn } from '../../support/mail-server.ts'
import { enrol } from '../../support/second-factor.ts'

const next = 'purple monkey dishwasher lamp'

t.test('A login with a password that a link has set needs its second factor as before (ASVS 6.4.3)', async t => {
  const world = await createMailApp(t)
  const { app, received } = world
  const user = await createVerifiedUser(app)
  const factor = await enrol(world)
  await received()
  await app.passwordReset.request(String(user.email), { ip: '192.0.2.1' })
  const message = (await received()).find(({ subject }) => subject?.startsWith('Reset'))
  await app.passwordReset.complete({ token: linkIn(message).token, new_password: next }, {})

  const statusOf = async (form: Record<string, string>) =>
    (await postForm(app, '/token', { grant_type: 'password', username: 'alice', password: next, ...form })).statusCode
  t.equal(await statusOf({}), 403)
  t.equal(await statusOf({ otp: '000000' }), 403)
  t.equal(await statusOf({ otp: factor.code() }), 200)
  t.equal(await statusOf({ recovery_code: String(factor.recoveryCodes[0]) }), 200, 'the recovery codes stay too')
})
