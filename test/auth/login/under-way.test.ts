import t, { type Test } from 'tap'
import { createUser, password } from '../../support/app.ts'
import { createCodeWorld } from '../../support/email-codes.ts'
import { enrol } from '../../support/second-factor.ts'

/** An app with alice, who gets codes by mail, and bob, who has an authenticator app. */
async function createWorld(t: Test) {
  const world = await createCodeWorld(t)
  const bob = await createUser(world.app, 'bob')
  return { ...world, bob, factor: await enrol(world, { username: 'bob' }) }
}
type World = Awaited<ReturnType<typeof createWorld>>

/** What can be under way: whose login it is, and how it begins. `begin` resolves to what finishes it. */
const kinds: Record<string, { name: 'alice' | 'bob'; begin: (world: World) => Promise<() => Promise<boolean>> }> = {
  'an authorization code': {
    name: 'alice',
    async begin({ send, redeem }) {
      const { authorization_code } = (await send({ response_type: 'code', username: 'alice', password })).json()
      return async () => 'access_token' in (await redeem(authorization_code))
    }
  },
  'an auth session': {
    name: 'bob',
    async begin({ send, outcome, factor }) {
      const { auth_session } = (await send({ response_type: 'code', username: 'bob', password })).json()
      return async () => (await outcome({ auth_session, otp: factor.code() })) === 'code'
    }
  },
  'a code by mail': {
    name: 'alice',
    async begin({ asked, outcome }) {
      const form = await asked()
      return async () => (await outcome(form)) === 'code'
    }
  }
}

t.test('What is under way for an account is void once its logins have ended, or it was disabled', async t => {
  // Every other end is a row of test/store/login-epochs.test.ts.
  const world = await createWorld(t)
  const { app } = world
  for (const [what, { name, begin }] of Object.entries(kinds))
    for (const end of [
      (id: string) => app.sessions.endAll(id),
      async (id: string) => {
        for (const disabled of [true, false]) await app.userAdmin.update(id, { disabled }, {})
      }
    ]) {
      const finish = await begin(world)
      await end(world[name].id)
      t.equal(await finish(), false, what)
      t.equal(await (await begin(world))(), true, `${what}: a later one works`)
      world.clock.advance(3600)
    }
})
