import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { bearer, createApp, createUser, login, password, postForm } from '../support/app.ts'
import { engines } from '../support/engines.ts'
import { enrol } from '../support/second-factor.ts'

const form = { grant_type: 'password', username: 'alice', password }

for (const engine of engines) {
  t.test(`a second factor on ${engine}`, async t => {
    t.test('smoke', async t => {
      const world = await createApp(t, {}, engine)
      const { app, clock } = world
      await createUser(app)
      const other = await login(app)
      const factor = await enrol(world)
      t.equal((await app.inject({ url: '/users/me', headers: bearer(other.access_token) })).statusCode, 401)
      t.equal((await app.inject({ url: '/users/me', headers: factor.headers })).statusCode, 200)
      const challenged = await postForm(app, '/token', form)
      t.equal(challenged.statusCode, 403)
      const code = factor.code()
      t.equal((await postForm(app, '/token', { ...form, otp: '000000' })).statusCode, 403)
      const done = await postForm(app, '/token', { ...form, otp: code })
      t.equal(done.statusCode, 200, done.body)
      clock.advance(30)
      t.equal((await postForm(app, '/token', { ...form, password: password + factor.code() })).statusCode, 200)
      const [recovery_code = ''] = factor.recoveryCodes
      t.equal(
        (await postForm(app, '/token', { ...form, recovery_code: recovery_code.toLowerCase().replaceAll('-', ' ') }))
          .statusCode,
        200
      )
      t.equal((await postForm(app, '/token', { ...form, recovery_code })).statusCode, 403)
      const code_verifier = randomBytes(32).toString('base64url')
      const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
      clock.advance(30)
      const step = await postForm(app, '/authorize-challenge', {
        auth_session: challenged.json().auth_session,
        code_challenge,
        code_challenge_method: 'S256',
        otp: factor.code()
      })
      const tokens = await postForm(app, '/token', {
        grant_type: 'authorization_code',
        code: step.json().authorization_code,
        code_verifier
      })
      t.equal(tokens.statusCode, 200, tokens.body)
      const again = await postForm(app, '/token', {
        grant_type: 'authorization_code',
        code: step.json().authorization_code,
        code_verifier
      })
      t.equal((await app.inject({ url: '/users/me', headers: bearer(tokens.json().access_token) })).statusCode, 401)
    })
  })
}
