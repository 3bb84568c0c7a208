import fc from 'fast-check'
import t from 'tap'
import type { VerifiedPasskey } from '../../../src/auth/passkeys/assertion.ts'
import { createServices } from '../../support/app.ts'
import { createAuthenticator, type Faults } from '../../support/authenticator.ts'
import { challenge, createPasskeyWorld, usePasskey, verifyAsLogin } from '../../support/passkeys.ts'

const asked = { challenge, hasFirstFactor: false, ip: '192.0.2.9' }

/** A world in which alice has a passkey; `verify` checks an assertion with faults, whose other parts are right. */
async function withPasskey(
  t: Parameters<typeof createPasskeyWorld>[0],
  { authenticator = createAuthenticator(), registered = {} as Faults } = {}
) {
  const world = await createPasskeyWorld(t, {}, createServices)
  const { passkey } = await world.add(authenticator, registered)
  const options = world.passkeys.requestOptions({ challenge, userVerification: 'required' })
  const respond = (faults: Faults = {}) => authenticator.get(options, faults)
  return {
    ...world,
    passkey,
    authenticator,
    respond,
    verify: (faults: Faults = {}, more: Partial<typeof asked> = {}) =>
      verifyAsLogin(world.passkeys, respond(faults), { ...asked, ...more })
  }
}

t.test('A passkey proves its user, and its use updates its state', async t => {
  const { app, clock, passkey, passkeys, logIn, verify } = await withPasskey(t, {})
  const { user } = await logIn()
  clock.advance(60)
  const proof = await verify()
  const use = {
    spent: [],
    passkey: { id: passkey.id, counter: 2, backedUp: false, lastUsedAt: clock.now() }
  }
  t.match(proof, { user: { id: user.id }, amr: ['hwk', 'user', 'mfa'], use })
  t.strictSame(proof?.use, use)
  t.equal(await usePasskey(app, proof as VerifiedPasskey), true)
  t.match((await passkeys.list(user)).map(passkeys.describe), [{ last_used_at: clock.now().toISOString() }])
  t.equal((await verify())?.use.passkey?.counter, 3)
})

t.test('A counter that goes back or stays is refused, recorded and reported', async t => {
  const { app, notices, passkey, events, logIn, verify } = await withPasskey(t, {})
  const { user } = await logIn()
  await usePasskey(app, (await verify({ counter: 7 })) as VerifiedPasskey)
  for (const counter of [7, 6, 0]) t.equal(await verify({ counter }), undefined, String(counter))
  const [, ...refusals] = await events()
  t.equal(refusals.length, 3)
  t.match(refusals[0], {
    action: 'factor.refused',
    actor: null,
    subject: user.id,
    ip: '192.0.2.9',
    detail: { type: 'passkey', id: passkey.id, reason: 'counter' }
  })
  t.strictSame(await notices(), ['factor_added', 'passkey_refused', 'passkey_refused', 'passkey_refused'])
  t.ok(await verify({ counter: 8 }))
})

t.test('Only a signed counter is reported, and an account without a verified address only in the trail', async t => {
  const { app, clock, events, notices, logIn, verify } = await withPasskey(t)
  t.equal(await verify({ counter: 0, signature: Buffer.alloc(70, 1) }), undefined)
  t.equal(await verify({ counter: 0, origin: 'https://evil.example' }), undefined)
  t.equal((await events()).length, 1)
  const { user } = await logIn()
  const changes = { emailVerified: false, updatedAt: clock.now() }
  await app.db.users.update(user.id, changes, app.auditEvents.event('user.updated'))
  t.equal(await verify({ counter: 0 }), undefined)
  t.strictSame(
    (await events()).map(({ action }) => action),
    ['factor.added', 'factor.refused']
  )
  t.strictSame(await notices(), ['factor_added'])
})

t.test('The methods of a passkey of each algorithm, synced or single (RFC 8176 §2)', async t => {
  const { passkeys, add } = await createPasskeyWorld(t, {}, createServices)
  for (const [algorithm, synced] of [
    ['ES256', false],
    ['EdDSA', true],
    ['RS256', false]
  ] as const) {
    const { authenticator } = await add(createAuthenticator({ algorithm, synced }))
    const methods = async (isUserVerified: boolean, hasFirstFactor: boolean) => {
      const response = authenticator.get(passkeys.requestOptions({ challenge, userVerification: 'preferred' }), {
        isUserVerified
      })
      return (await verifyAsLogin(passkeys, response, { challenge, hasFirstFactor }))?.amr
    }
    const method = synced ? 'swk' : 'hwk'
    t.strictSame(await methods(true, false), [method, 'user', 'mfa'])
    t.strictSame(await methods(true, true), [method, 'user', 'mfa'])
    t.strictSame(await methods(false, true), [method, 'mfa'])
    t.equal(await methods(false, false), undefined, 'without the password, the authenticator verifies the user')
  }
})

t.test('An assertion that is wrong in one way is refused, and leaves no trace (WebAuthn L3 §7.2)', async t => {
  const { events, notices, verify } = await withPasskey(t)
  // Each other fault is a scenario of WebAuthn L3 §7.2 in test/conformance.
  const refused: Faults[] = [
    { origin: 'https://evil.example' },
    { isBackupEligible: true, isBackedUp: true },
    { signature: Buffer.alloc(0) },
    { trailing: Buffer.alloc(1) }
  ]
  for (const faults of refused) t.equal(await verify(faults), undefined, JSON.stringify(faults))
  t.ok(await verify())
  t.equal((await events()).length, 1)
  t.strictSame(await notices(), ['factor_added'])
})

t.test(
  'A signature of ES256 that is not DER is refused, although the library reads it (WebAuthn L3 §6.5.5)',
  async t => {
    const { passkeys, respond } = await withPasskey(t)
    const response = respond()
    const signature = Buffer.from(response.response.signature, 'base64url')
    const longLength = Buffer.concat([Buffer.from([0x30, 0x81]), signature.subarray(1)])
    const moreBehind = Buffer.concat([signature, Buffer.from([0x05, 0x00])])
    for (const [form, bytes, isRight] of [
      ['a length of two bytes', longLength, false],
      ['bytes behind it', moreBehind, false],
      ['DER', signature, true]
    ] as const) {
      const given = { ...response, response: { ...response.response, signature: bytes.toString('base64url') } }
      t.equal((await passkeys.verify(given, asked)) !== undefined, isRight, form)
    }
  }
)

t.test('The passkey of another user, an unknown or removed one and that of a disabled account are refused', async t => {
  const { app, add, passkeys, respond, logIn, verify } = await withPasskey(t)
  const { user: bob } = await logIn('bob')
  const { authenticator: theirs } = await add(createAuthenticator(), {}, 'bob')
  const { id, rawId } = theirs.get({ challenge })
  t.equal(await passkeys.verify({ ...respond(), id, rawId }, asked), undefined, 'signed by another key')
  const handle = Buffer.from(bob.id).toString('base64url')
  t.equal(await verify({ userHandle: handle }), undefined, 'names another user')
  t.equal(await passkeys.verify(createAuthenticator().get({ challenge }), asked), undefined, 'is not registered')
  const { user } = await logIn()
  const { passkey: other, authenticator: removed, session } = await add(createAuthenticator())
  await app.secondFactors.remove(await app.userAdmin.byId(user.id), session, other.id, {}, 'passkey')
  t.equal(await passkeys.verify(removed.get({ challenge }), asked), 'unknown', 'was removed')
  await app.userAdmin.update(user.id, { disabled: true }, {})
  t.equal(await verify(), undefined, 'is that of a disabled account')
})

t.test('A value of any kind is refused, never an error', async t => {
  const { passkeys, respond } = await withPasskey(t)
  const good = respond()
  const member = fc.constantFrom('clientDataJSON', 'authenticatorData', 'signature', 'userHandle')
  const bytes = fc.uint8Array({ maxLength: 100 }).map(array => Buffer.from(array).toString('base64url'))
  const close = fc
    .tuple(member, fc.oneof(bytes, fc.jsonValue()))
    .filter(([name, value]) => value !== good.response[name as 'signature'])
    .map(([name, value]) => ({ ...good, response: { ...good.response, [name]: value } }))
  const top = fc.tuple(fc.constantFrom('id', 'rawId', 'type', 'response'), fc.jsonValue())
  const other = top.map(([name, value]) => ({ ...good, [name]: value }))
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.jsonValue(), close, other, fc.constantFrom(undefined, null)), async value =>
      [undefined, 'unknown'].includes((await passkeys.verify(value, asked)) as undefined)
    ),
    { numRuns: 150 }
  )
  t.equal(await passkeys.verify({ ...good, id: 'a\0' }, asked), undefined)
})
