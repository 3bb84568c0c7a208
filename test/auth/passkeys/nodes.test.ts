import t from 'tap'
import { build } from '../../../src/app.ts'
import type { VerifiedPasskey } from '../../../src/auth/passkeys/assertion.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { engines } from '../../support/engines.ts'
import { challenge, createPasskeyWorld, usePasskey } from '../../support/passkeys.ts'

for (const engine of engines) {
  t.test(`two nodes on one database use no challenge twice, on ${engine}`, async t => {
    const { app, clock, config, passkeys, signIn, add } = await createPasskeyWorld(t, {}, engine)
    const other = await build({ config, now: clock.now })
    t.teardown(() => other.close())
    const { user, session } = await signIn()
    const options = await passkeys.registrationOptions(user)
    const outcomes = await Promise.allSettled(
      [passkeys, other.passkeys, passkeys, other.passkeys].map(node =>
        node?.register(user, session, { name: 'Phone', response: createAuthenticator().create(options) }, {})
      )
    )
    t.strictSame(
      outcomes.map(outcome => (outcome.status === 'fulfilled' ? 201 : outcome.reason.status)).sort(),
      [201, 409, 409, 409].sort()
    )
    t.equal((await passkeys.list(user)).length, 1)

    const { authenticator } = await add()
    const response = authenticator.get(passkeys.requestOptions({ challenge, userVerification: 'required' }))
    const uses = await Promise.all(
      [app, other].map(async node => {
        const proof = await node.passkeys?.verify(response, { challenge, hasPassword: false })
        return await usePasskey(node, proof as VerifiedPasskey)
      })
    )
    t.strictSame(uses.sort(), [false, true])
  })
}
