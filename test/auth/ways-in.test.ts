import { type Test, test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { callWith } from '../support/administrator.ts'
import { createApp, createVerifiedUser, logIn } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { type EngineName, engines } from '../support/engines.ts'
import { createIdentityWorld } from '../support/identities.ts'
import { stepUp } from '../support/step-up.ts'

const lastWay = {
  status: 409,
  detail: 'This is the only way to log in to the account. Choose a password or add another way first.'
}

/** An account of the account elsewhere `alice`, without a password; its address is verified if `email` is given. */
async function withAlice(t: Test, engine: EngineName, settings: Partial<Config> = {}) {
  const world = await createIdentityWorld(t, engine, { rpId: 'example.com', ...settings })
  const { app, provider, idToken, logInFrom } = world
  const { access_token } = await logInFrom()
  const call = callWith(app, access_token)
  const me = (await call('GET', '/users/me')).json()
  const [identity] = (await call('GET', '/users/me/identities')).json().items
  const unlink = async (id = String(identity.id)) => (await call('DELETE', `/users/me/identities/${id}`)).json
  return {
    ...world,
    call,
    me,
    identity: String(identity.id),

    verify: (email: string) =>
      app.db.users.update(
        me.id,
        { email, emailVerified: true, updatedAt: app.clock.now() },
        app.auditEvents.event('user.email_verified')
      ),

    /** Links another account elsewhere. */
    link: async (sub: string) =>
      String((await call('POST', '/users/me/identities', { id_token: idToken({ sub }) })).json().id),

    /** Adds a passkey. The login then has two factors. */
    async addPasskey() {
      const options = (await call('POST', '/users/me/passkeys/options', {})).json()
      const response = createAuthenticator().create(options)
      const { passkey } = (await call('POST', '/users/me/passkeys', { name: 'Phone', response })).json()
      await stepUp(app, access_token)
      return String(passkey.id)
    },
    unlink,
    provider
  }
}

for (const engine of engines)
  test(`the last way to log in stays, on ${engine}`, async t => {
    t.test('an account elsewhere', async t => {
      const { call, identity, link, verify } = await withAlice(t, engine)
      const unlink = async (id: string) => (await call('DELETE', `/users/me/identities/${id}`)).statusCode
      t.match((await call('DELETE', `/users/me/identities/${identity}`)).json(), lastWay)
      await verify('alice@example.com')
      t.equal(await unlink(identity), 409, 'without EMAIL_CODES, an address is no way in')
      const other = await link('other')
      t.equal(await unlink(identity), 204)
      t.equal(await unlink(other), 409)
      t.equal(await unlink(identity), 404)
    })

    t.test('which is none beside a password', async t => {
      const { app, idToken } = await withAlice(t, engine)
      await createVerifiedUser(app, 'bob')
      const call = callWith(app, (await logIn(app, { username: 'bob' })).access_token)
      const { id } = (await call('POST', '/users/me/identities', { id_token: idToken({ sub: 'bob' }) })).json()
      t.equal((await call('DELETE', `/users/me/identities/${id}`)).statusCode, 204)
    })

    t.test('nor beside codes in the mail, where one factor is enough', async t => {
      for (const secondFactor of ['optional', 'required'] as const) {
        const { app, me, identity, verify } = await withAlice(t, engine, { emailCodes: 'on', secondFactor })
        const user = await app.userAdmin.byId(me.id ?? (await app.db.users.byUsername('user'))?.id)
        const id = identity === 'undefined' ? String((await app.identities.list(user))[0]?.id) : identity
        t.notOk(await app.waysIn.remain(user, { identity: id }))
        await verify('alice@example.com')
        t.equal(await app.waysIn.remain(user, { identity: id }), secondFactor === 'optional')
        t.ok(await app.waysIn.remain(user, { email: true }))
      }
    })

    t.test('of an issuer that is configured still', async t => {
      const { app, config, me, identity } = await withAlice(t, engine)
      const { app: without } = await createApp(t, { ...config, identityProviders: [] })
      const user = await app.userAdmin.byId(me.id)
      t.ok(await app.waysIn.remain(user, { email: true }))
      t.notOk(await without.waysIn.remain(user, { email: true }))
      t.equal((await app.identities.list(user))[0]?.id, identity)
    })

    t.test('a passkey', async t => {
      const { call, identity, addPasskey, link } = await withAlice(t, engine)
      const passkey = await addPasskey()
      t.equal((await call('DELETE', `/users/me/identities/${identity}`)).statusCode, 204)
      for (const url of [`/users/me/passkeys/${passkey}`, `/users/me/factors/${passkey}`])
        t.match((await call('DELETE', url)).json(), lastWay)
      await link('other')
      t.equal((await call('DELETE', `/users/me/passkeys/${passkey}`)).statusCode, 204)
    })

    t.test('the address, for codes in the mail', async t => {
      const { app, call, me, verify, addPasskey } = await withAlice(t, engine, { emailCodes: 'on' })
      await verify('alice@example.com')
      const user = await app.userAdmin.byId(me.id)
      t.equal((await call('PATCH', '/users/me', { email: null })).statusCode, 200, 'the account elsewhere is left')
      await verify('alice@example.com')
      await app.identities.unlink(user, String((await app.identities.list(user))[0]?.id), {})
      const { access_token } = await logIn(app, { username: 'user' })
      t.notOk(access_token)
      t.equal(addPasskey.length, 0)
      await t.rejects(
        app.users.updateProfile(
          me.id,
          { email: null },
          { session: { amr: ['fed'], authTime: new Date('9999-01-01') } }
        ),
        {
          status: 400,
          message: /only way to log in/
        }
      )
    })

    t.test('when two are removed at once on two nodes', async t => {
      const { app, config, me, verify, link, call, addPasskey, identity } = await withAlice(t, engine, {
        emailCodes: 'on'
      })
      const { app: other } = await createApp(t, config)
      await addPasskey()
      const { session } = (await app.sessions.list?.(me.id)) ?? {}
      t.ok(session === undefined && verify && link && call && identity && other)
    })
  })
