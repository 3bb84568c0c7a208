import { test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createUser, logIn } from '../support/app.ts'
import { engines } from '../support/engines.ts'
import { createIdentityWorld } from '../support/identities.ts'

for (const engine of engines)
  test(`a person with an account elsewhere logs in, links and unlinks, on ${engine}`, async t => {
    const { app, provider, idToken, exchangeFor, logInFrom, events } = await createIdentityWorld(t, engine)
    const first = await exchangeFor({ email: 'Alice.L@example.com', name: 'Alice' })
    t.equal(first.statusCode, 200, first.body)
    const ofNew = callWith(app, first.json().access_token)
    const me = (await ofNew('GET', '/users/me')).json()
    t.match(me, { username: 'alice.l', email: 'alice.l@example.com', email_verified: false, full_name: 'Alice' })
    t.equal((await callWith(app, (await logInFrom()).access_token)('GET', '/users/me')).json().id, me.id)
    const [identity] = (await ofNew('GET', '/users/me/identities')).json().items
    t.match(identity, { issuer: provider.issuer, subject: 'alice', email: 'alice.l@example.com' })
    t.equal((await ofNew('DELETE', `/users/me/identities/${identity.id}`)).statusCode, 409)

    await createUser(app, 'bob')
    const ofBob = callWith(app, (await logIn(app, { username: 'bob' })).access_token)
    const linked = await ofBob('POST', '/users/me/identities', { id_token: idToken({ sub: 'bob' }) })
    t.equal(linked.statusCode, 201, linked.body)
    const again = await ofBob('POST', '/users/me/identities', { id_token: idToken({ sub: 'alice' }) })
    t.equal(again.statusCode, 409, again.body)
    t.equal((await ofBob('DELETE', `/users/me/identities/${linked.json().id}`)).statusCode, 204)
    t.match(await events('identity.unlinked'), [{ detail: { identity: linked.json().id, issuer: provider.issuer } }])
    t.match(await events('login.succeeded'), [{ detail: { amr: 'fed' } }, { detail: { amr: 'fed' } }, {}])
  })
