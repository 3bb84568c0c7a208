import t from 'tap'
import { createVerifiedUser, postForm } from '../../support/app.ts'
import { createMailApp, linkIn } from '../../support/mail-server.ts'
import { enrol } from '../../support/second-factor.ts'

const next = 'purple monkey dishwasher lamp'
const email = 'alice@example.com'

t.test('a forgotten password of an account with a second factor', async t => {
  t.test('is replaced by a link, and the login needs its second factor as before (ASVS 6.4.3)', async t => {
    const world = await createMailApp(t)
    const { app, received } = world
    await createVerifiedUser(app)
    const factor = await enrol(world)
    await received()
    await app.inject({ method: 'POST', url: '/password/forgot', payload: { email } })
    const message = (await received()).find(({ subject }) => subject?.startsWith('Reset'))
    const payload = { token: linkIn(message).token, new_password: next }
    t.equal((await app.inject({ method: 'POST', url: '/password/reset', payload })).statusCode, 204)

    const statusOf = async (form: Record<string, string>) =>
      (await postForm(app, '/token', { grant_type: 'password', username: 'alice', password: next, ...form })).statusCode
    t.equal(await statusOf({}), 403)
    t.equal(await statusOf({ otp: '000000' }), 403)
    t.equal(await statusOf({ otp: factor.code() }), 200)
    t.equal(await statusOf({ recovery_code: String(factor.recoveryCodes[0]) }), 200, 'the recovery codes stay too')
  })
})
