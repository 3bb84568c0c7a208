import t from 'tap'
import { createAuthenticator } from '../../test/support/authenticator.ts'
import { challenge, createPasskeyWorld } from '../../test/support/passkeys.ts'
import { runPython, skipWithout } from '../support/python.ts'

const skip = skipWithout('fido2', 'cryptography')
const script = new URL('fido2_passkeys.py', import.meta.url)
const origin = 'https://example.com'

/** The output of the script for an authenticator. */
interface Made {
  version: string
  /** The options as the library reads and writes them. */
  creation: object
  request: object
  responses: { registered: ReturnType<ReturnType<typeof createAuthenticator>['create']>; asserted: object }
}

for (const [name, alg] of [
  ['ES256', -7],
  ['EdDSA', -8],
  ['RS256', -257]
] as const)
  t.test(`fido2 reads our options, and its ${name} passkey is registered and logs in`, { skip }, async t => {
    const { passkeys, logIn } = await createPasskeyWorld(t)
    const { user, session } = await logIn()
    const creation = await passkeys.registrationOptions(user)
    const request = passkeys.requestOptions({ challenge, userVerification: 'required' })
    const made = await runPython<Made>(script, { origin, creation, request, alg })
    t.comment(`fido2 ${made.version}`)
    t.strictSame(made.creation, creation)
    t.match(made.request, request)
    const { registered, asserted } = made.responses
    t.match(await passkeys.register(user, session, { name: 'Key', response: registered }, {}), {
      passkey: { name: 'Key', synced: false }
    })
    const asked = { challenge, hasFirstFactor: false, ip: null }
    t.match(await passkeys.verify(asserted, asked), {
      user: { id: user.id },
      amr: ['hwk', 'user', 'mfa'],
      use: { passkey: { counter: 2 } }
    })
    t.equal(await passkeys.verify(asserted, { ...asked, challenge: 'AAAA' }), undefined)
  })

t.test('fido2 verifies what the authenticator of our tests sends', { skip }, async t => {
  const { passkeys, logIn } = await createPasskeyWorld(t)
  const creation = await passkeys.registrationOptions((await logIn()).user)
  const request = passkeys.requestOptions({ challenge, userVerification: 'required' })
  const authenticators = (['ES256', 'EdDSA', 'RS256'] as const).map(algorithm => createAuthenticator({ algorithm }))
  const verify = authenticators.map(one => ({
    creation,
    request,
    registered: one.create(creation),
    asserted: one.get(request)
  }))
  const { verified } = await runPython<{ verified: string[] }>(script, { origin, verify })
  t.strictSame(
    verified,
    authenticators.map(({ credentialId }) => credentialId.toString('hex'))
  )
})
