import t from 'tap'
import { createApp } from '../support/app.ts'

t.test('leads password managers to the page that changes the password', async t => {
  const { app } = await createApp(t, { issuer: 'https://example.com/auth' })
  const { statusCode, headers } = await app.inject('/.well-known/change-password')
  t.equal(statusCode, 302)
  t.equal(headers.location, 'https://example.com/auth/console/account/password')
})

t.test('a server without the console has no such page', async t => {
  const { app } = await createApp(t, { console: 'off' })
  t.equal((await app.inject('/.well-known/change-password')).statusCode, 404)
})
