import { build } from '../../src/app.ts'
import { createUser, createVerifiedUser, logIn, postForm, testConfig } from '../../test/support/app.ts'
import { createAuthenticator } from '../../test/support/authenticator.ts'
import { createClock } from '../../test/support/clocks.ts'
import { logInDirectly } from '../../test/support/passkeys.ts'
import { enrol } from '../../test/support/second-factor.ts'

/** The facts about a stored database that a test needs. */
export type ReleasedState = Awaited<ReturnType<typeof fillDatabase>>

/** Uses every feature that writes a table, in the empty database at `databaseUrl`, by a clock that stands still. */
export async function fillDatabase(databaseUrl: string) {
  const clock = createClock()
  const config = testConfig({
    databaseUrl,
    rpId: 'example.com',
    smtpUrl: 'smtp://127.0.0.1:9',
    scopes: ['orders:read']
  })
  const app = await build({ config, now: clock.now })
  await app.setupLinks.create()
  const alice = await createVerifiedUser(app)
  const factor = await enrol({ app, clock })
  await createUser(app, 'bob')
  const passkeyOwner = await logInDirectly(app, config.issuer, 'bob')
  const response = createAuthenticator().create((await app.passkeys?.registrationOptions(passkeyOwner.user)) as never)
  const origin = { actor: passkeyOwner.user.id, ip: '192.0.2.1' }
  await app.passkeys?.register(passkeyOwner.user, passkeyOwner.session, { name: 'Phone', response }, origin)
  const { client, secret } = await app.clientAdmin.create(
    { name: 'Reports', grants: ['client_credentials'], scopes: ['orders:read'], confidential: true },
    origin
  )
  await postForm(app, '/token', { grant_type: 'password', username: 'bob', password: 'a wrong password' })
  await app.db.oneTimeTokens.insert(
    {
      hash: 'the hash of a link',
      purpose: 'reset_password',
      userId: alice.id,
      state: 'a state',
      address: null,
      expiresAt: new Date('9999-01-01')
    },
    (await app.db.mail.due(clock.now(), 1))[0]?.id as string
  )
  await app.inject({ method: 'POST', url: '/password/forgot', payload: { email: 'alice@example.com' } })
  await createUser(app, 'carol', ['me', 'orders:read'])
  const carol = await logIn(app, { username: 'carol' })
  await app.audit.seal()
  await app.close()
  return {
    now: clock.now().toISOString(),
    totpSecret: factor.secret,
    accessToken: carol.access_token,
    refreshToken: carol.refresh_token,
    client: { id: client.id, secret: String(secret) }
  }
}
