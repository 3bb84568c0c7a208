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

const ends: Record<string, (world: World, id: string) => Promise<unknown>> = {
  'its owner ends all logins': ({ app }, id) => app.sessions.endAll(id),
  'its owner ends all other logins': ({ app }, id) => app.sessions.endAll(id, { keep: 'the own one' }),
  'an administrator ends all its logins': ({ app }, id) => app.userAdmin.endSessions(id, {}),
  'an operator ends every login': ({ app }) => app.sessions.endEvery({}),
  'it was disabled and enabled': async ({ app }, id) => {
    for (const disabled of [true, false]) await app.userAdmin.update(id, { disabled }, {})
  }
}

for (const [when, end] of Object.entries(ends))
  t.test(`what is under way for an account is void once ${when}`, async t => {
    const world = await createWorld(t)
    for (const [what, { name, begin }] of Object.entries(kinds)) {
      const finish = await begin(world)
      await end(world, world[name].id)
      t.equal(await finish(), false, what)
      t.equal(await (await begin(world))(), true, `${what}: a later one works`)
    }
  })
