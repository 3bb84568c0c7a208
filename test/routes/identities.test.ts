import { test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createApp, createUser, logIn } from '../support/app.ts'
import { createIdentityWorld } from '../support/identities.ts'

const id = '01890000-0000-7000-8000-000000000000'

test('Administrators list and unlink the accounts elsewhere of an account', async t => {
  const { app, clock, exchangeFor, logInFrom, events } = await createIdentityWorld(t, {
    accessTokenTtl: 3600
  })
  const { access_token } = await logInFrom({ sub: 'alice' })
  const user = await app.userAdmin.byIdOrName('user')
  const root = await createUser(app, 'root', ['users:read', 'users:write'])
  const call = callWith(app, (await logIn(app, { username: 'root' })).access_token)
  const url = `/users/${user.id}/identities`

  const { items } = (await call('GET', url)).json()
  t.match(items, [{ subject: 'alice' }])
  t.equal((await call('DELETE', `/users/${root.id}/identities/${items[0].id}`)).statusCode, 404)
  t.equal((await call('DELETE', `${url}/${items[0].id}`)).statusCode, 204, 'also the last way in')
  t.match(await events('identity.unlinked'), [{ actor: root.id, subject: user.id }])
  t.equal((await callWith(app, access_token)('GET', '/users/me')).statusCode, 401, 'every login ends')
  t.equal((await exchangeFor({ sub: 'alice' })).statusCode, 200, 'and makes a new account')
  t.not((await app.db.identities.bySubject({ ...items[0] }))?.user.id, user.id)

  clock.advance(601)
  const late = await call('DELETE', `${url}/${id}`)
  t.match(late.headers['www-authenticate'], /insufficient_user_authentication/, 'a login of ten minutes ago')
})

test('The metadata names the issuers and their client ids, if there are any', async t => {
  const { app } = await createApp(t, {
    identityProviders: ['https://accounts.google.com one two', 'https://appleid.apple.com app']
  })
  const read = async (from: typeof app) => (await from.inject('/.well-known/oauth-authorization-server')).json()
  t.strictSame((await read(app)).identity_providers, [
    { issuer: 'https://accounts.google.com', client_ids: ['one', 'two'] },
    { issuer: 'https://appleid.apple.com', client_ids: ['app'] }
  ])
  t.notOk('identity_providers' in (await read((await createApp(t)).app)))
})

test('Owners see and unlink accounts elsewhere of issuers that are no longer configured', async t => {
  const { app, config, idToken } = await createIdentityWorld(t)
  await createUser(app)
  const { access_token } = await logIn(app)
  t.equal((await callWith(app, access_token)('POST', '/users/me/identities', { id_token: idToken() })).statusCode, 201)
  const { app: later } = await createApp(t, { ...config, identityProviders: [] })
  const call = callWith(later, access_token)
  const { items } = (await call('GET', '/users/me/identities')).json()
  t.equal((await call('POST', '/users/me/identities', { id_token: idToken({ sub: 'x' }) })).statusCode, 400)
  t.equal((await call('DELETE', `/users/me/identities/${items[0].id}`)).statusCode, 204)
})
