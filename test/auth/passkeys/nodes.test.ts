import t from 'tap'
import { build } from '../../../src/app.ts'
import type { VerifiedPasskey } from '../../../src/auth/passkeys/assertion.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { databaseUrl, engines } from '../../support/engines.ts'
import { challenge, createPasskeyWorld, usePasskey } from '../../support/passkeys.ts'

t.test('Two nodes on one database use no challenge twice', async t => {
  const { app, clock, config, passkeys, logIn, add } = await createPasskeyWorld(t)
  const other = await build({ config, now: clock.now })
  t.teardown(() => other.close())
  const { user, session } = await logIn()
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
      const proof = await node.passkeys?.verify(response, { challenge, hasFirstFactor: false })
      return await usePasskey(node, proof as VerifiedPasskey)
    })
  )
  t.strictSame(uses.sort(), [false, true])
})

for (const engine of engines) {
  t.test(`Of two logins at once, the lower counter never follows the higher one, on ${engine}`, async t => {
    const { app, clock, config, passkeys, add } = await createPasskeyWorld(t, {
      databaseUrl: await databaseUrl(t, engine)
    })
    const other = await build({ config, now: clock.now })
    t.teardown(() => other.close())
    const { authenticator } = await add()
    const options = passkeys.requestOptions({ challenge, userVerification: 'required' })
    const proofs = await Promise.all(
      [20, 19, 20].map(counter => {
        const response = authenticator.get(options, { counter })
        return passkeys.verify(response, { challenge, hasFirstFactor: false }) as Promise<VerifiedPasskey>
      })
    )
    t.strictSame(
      proofs.map(({ copied }) => copied),
      [false, false, false]
    )
    const [highest, ...others] = proofs as [VerifiedPasskey, ...VerifiedPasskey[]]
    const first = usePasskey(app, highest, 'first')
    const later = others.map((proof, index) => usePasskey(other, proof, `later ${index}`))
    const used = (await Promise.all([first, ...later])).filter(isUsed => isUsed).length
    // The lower one may come first, but each counter passes once.
    t.ok(used === 1 || used === 2, `${used} of 3`)
    t.equal(await usePasskey(other, others[0] as VerifiedPasskey, 'last'), false)
  })
}
