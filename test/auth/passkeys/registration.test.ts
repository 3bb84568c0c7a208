import fc from 'fast-check'
import t, { type Test } from 'tap'
import { Problem } from '../../../src/base/errors.ts'
import type { Config } from '../../../src/config/config.ts'
import { createServices } from '../../support/app.ts'
import { createAuthenticator, type Faults } from '../../support/authenticator.ts'
import { encodeCbor } from '../../support/cbor.ts'
import { createPasskeyWorld, type PasskeyWorld } from '../../support/passkeys.ts'

const createWorld = (t: Test, settings: Partial<Config> = {}) => createPasskeyWorld(t, settings, createServices)
const by = { ip: '192.0.2.1' }

/** The refusal of a registration, whose other parts are right. */
async function refusalOf({ passkeys, logIn }: PasskeyWorld, faults: Faults, authenticator = createAuthenticator()) {
  const { user, session } = await logIn()
  const response = authenticator.create(await passkeys.registrationOptions(user), faults)
  return await passkeys.register(user, session, { name: 'Phone', response }, by).then(
    () => 'added',
    error => (error instanceof Problem ? `${error.status} ${error.message}` : error)
  )
}

const notValid = (reason: string) => `400 The request is not valid: /response is not valid: ${reason}.`

t.test('A new passkey ends other logins, raises none, and brings recovery codes', async t => {
  const world = await createWorld(t)
  const { app, passkeys, clock } = world
  const other = await world.logIn()
  const { passkey, codes = [], session } = await world.add()
  t.strictSame(passkeys.describe(passkey), {
    id: passkey.id,
    name: 'Phone',
    synced: false,
    backed_up: false,
    transports: ['internal'],
    created_at: clock.now().toISOString(),
    last_used_at: null
  })
  t.match(passkey.id, /^[0-9a-f-]{36}$/)
  t.equal(codes.length, 10)
  t.strictSame(await passkeys.list(other.user), [passkey])
  t.match((await app.sessions.find(session.id))?.session, { amr: ['pwd'], authTime: session.authTime })
  t.ok((await app.sessions.find(other.session.id))?.session.revokedAt, 'the other login has ended')
  t.strictSame((await app.db.users.byUsername('alice'))?.secondFactorAt, clock.now())
  t.match(await world.events(), [
    {
      action: 'factor.added',
      actor: other.user.id,
      subject: other.user.id,
      ip: '192.0.2.1',
      detail: { type: 'passkey', id: passkey.id }
    }
  ])
  t.strictSame(await world.notices(), ['factor_added'])
  t.equal((await world.add()).codes, undefined, 'only the first brings codes')
})

t.test('A response may leave out how the authenticator is reached', async t => {
  const { passkeys, logIn } = await createWorld(t)
  const { user, session } = await logIn()
  const response = createAuthenticator().create(await passkeys.registrationOptions(user))
  const { transports, ...rest } = response.response
  t.ok(transports)
  const given = { name: 'Phone', response: { ...response, response: rest } }
  t.match(await passkeys.register(user, session, given, by), { passkey: { transports: [] } })
})

t.test('An account without a password needs passkeys that verify their user', async t => {
  const { app, passkeys, logIn, add } = await createWorld(t)
  const { user: alice } = await logIn()
  await app.accountPasswords.replace(alice, app.passwords.unusable(), by)
  await t.rejects(add(createAuthenticator(), { isUserVerified: false }), {
    status: 400,
    errors: [{ pointer: '/response', detail: /an account without a password needs a passkey that verifies its user/ }]
  })
  t.strictSame(await passkeys.list(alice), [])
  t.ok(await add())
  t.ok(await add(createAuthenticator(), { isUserVerified: false }, 'bob'), 'with a password')
})

t.test('A registration fails when the account has changed since it was read', async t => {
  const { clock, passkeys, logIn, add } = await createWorld(t)
  const { user, session } = await logIn()
  const response = createAuthenticator().create(await passkeys.registrationOptions(user))
  clock.advance(1)
  await add()
  await t.rejects(passkeys.register(user, session, { name: 'Phone', response }, by), {
    status: 409,
    message: 'This was changed by another request. Read it again and retry.'
  })
})

t.test('The options name the account, our algorithms and its passkeys (WebAuthn L3 §5.4)', async t => {
  const { app, add, passkeys, logIn } = await createWorld(t)
  const { authenticator } = await add()
  await app.users.updateProfile(
    (await logIn()).user.id,
    { full_name: 'Alice Liddell' },
    { ...by, session: (await logIn()).session }
  )
  const { user } = await logIn()
  const { challenge, ...options } = await passkeys.registrationOptions(user)
  t.strictSame(options, {
    rp: { id: 'example.com', name: 'example.com' },
    user: { id: Buffer.from(user.id).toString('base64url'), name: 'alice', displayName: 'Alice Liddell' },
    pubKeyCredParams: [-7, -8, -257].map(alg => ({ type: 'public-key', alg })),
    timeout: 600_000,
    excludeCredentials: [
      { type: 'public-key', id: authenticator.credentialId.toString('base64url'), transports: ['internal'] }
    ],
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
    attestation: 'none'
  })
  t.ok(Buffer.from(challenge, 'base64url').length >= 16, 'WebAuthn L3 §13.4.3')
  t.not((await passkeys.registrationOptions(user)).challenge, challenge)
})

t.test('A passkey of an Android app and of a listed origin is added', async t => {
  const statement = {
    relation: ['delegate_permission/common.get_login_creds'],
    target: {
      namespace: 'android_app',
      package_name: 'com.example.app',
      sha256_cert_fingerprints: [Array(32).fill('AB').join(':')]
    }
  }
  const { add } = await createWorld(t, {
    wellKnown: t.testdir({ 'assetlinks.json': JSON.stringify([statement]) }),
    rpOrigins: ['https://app.example.org']
  })
  const hash = Buffer.alloc(32, 0xab).toString('base64url')
  for (const origin of [`android:apk-key-hash:${hash}`, 'https://app.example.org'])
    t.ok(await add(createAuthenticator({ origin })), origin)
})

t.test('A response that is wrong in one way is refused with the reason, and nothing changes', async t => {
  const world = await createWorld(t)
  const { cose } = createAuthenticator()
  const x = cose.get(-2) as Buffer
  const rsa = createAuthenticator({ algorithm: 'RS256' }).cose
  const wrongKey = 'its public key is not valid for any offered algorithm'
  const wrongData = 'its authenticator data do not belong to this registration'
  const frame = 'it comes from a frame in a page of another origin'
  const noObject = 'its client data are not a JSON object'
  const unreadable = 'its attestation object cannot be read'
  const refused: [Faults, string][] = [
    [{ type: 'webauthn.get' }, 'its client data type is not webauthn.create'],
    [{ clientData: 'null' }, noObject],
    [{ clientData: '[' }, noObject],
    [{ clientData: '{"type":"webauthn.create"}' }, 'its client data have no challenge or no origin'],
    [{ challenge: 'AAAA' }, 'its challenge has expired, or is not for this account'],
    [{ origin: 'https://evil.example' }, 'its origin may not use the passkeys of this server'],
    [{ origin: 'https://example.com.evil.example' }, 'its origin may not use the passkeys of this server'],
    [{ crossOrigin: true }, frame],
    [{ topOrigin: 'https://evil.example' }, frame],
    [{ rpId: 'evil.example' }, wrongData],
    [{ isUserPresent: false }, wrongData],
    [{ isBackupEligible: false, isBackedUp: true }, wrongData],
    [{ publicKey: new Map([...cose, [3, -36]]) }, wrongKey],
    [{ publicKey: new Map([...cose, [-1, 2]]) }, wrongKey],
    [{ publicKey: new Map([...cose, [-2, Buffer.from([...x].reverse())]]) }, wrongKey],
    [{ publicKey: new Map([...cose, [-2, x.subarray(1)]]) }, wrongKey],
    [{ publicKey: new Map([...rsa, [-1, Buffer.alloc(128, 0xff)]]) }, wrongKey],
    [{ publicKey: new Map([...rsa, [-2, Buffer.from([3])]]) }, wrongKey],
    [{ publicKey: new Map() }, wrongKey],
    [{ trailing: Buffer.alloc(1) }, unreadable],
    [{ attestationObject: Buffer.from('ff', 'hex') }, unreadable],
    [{ attestationObject: Buffer.alloc(9000, 0x81) }, unreadable],
    [{ attestationObject: encodeCbor(new Map()) }, unreadable],
    [{ fmt: 'packed', attStmt: new Map([['alg', -8]]) }, 'its attestation uses a different algorithm than its key'],
    [{ fmt: 'packed', signature: Buffer.alloc(70, 1) }, 'its attestation has a signature that is not DER'],
    [{ fmt: 'packed', signature: Buffer.from('3006020101020101', 'hex') }, 'its attestation has a wrong signature'],
    [{ attStmt: new Map([['alg', -7]]) }, wrongData],
    [{ credentialId: Buffer.alloc(1024) }, 'its credential id must have 1 to 1023 bytes'],
    [{ credentialId: Buffer.alloc(0) }, wrongData]
  ]
  for (const [faults, reason] of refused)
    t.equal(await refusalOf(world, faults), notValid(reason), JSON.stringify(faults).slice(0, 100))
  const { user } = await world.logIn()
  t.strictSame(await world.passkeys.list(user), [])
  t.strictSame([await world.events(), await world.notices()], [[], []])
})

t.test('Bytes of any kind are a 400, never an error of the server', async t => {
  const { passkeys, logIn } = await createWorld(t)
  const { user, session } = await logIn()
  const options = await passkeys.registrationOptions(user)
  const good = createAuthenticator().create(options)
  const object = Buffer.from(good.response.attestationObject, 'base64url')
  const changed = fc
    .tuple(fc.nat(object.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }))
    .map(([at, bytes]) => Buffer.concat([object.subarray(0, at), bytes, object.subarray(at + bytes.length)]))
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), changed)
  await fc.assert(
    fc.asyncProperty(bytes, fc.uint8Array({ maxLength: 50 }), fc.boolean(), async (object, client, isClientRight) => {
      const response = {
        ...good,
        response: {
          clientDataJSON: isClientRight ? good.response.clientDataJSON : Buffer.from(client).toString('base64url'),
          attestationObject: Buffer.from(object).toString('base64url')
        }
      }
      const error = await passkeys
        .register({ ...user, passwordHash: 'other' }, session, { name: 'Phone', response }, by)
        .catch(e => e)
      // A change of the AAGUID or the counter is not detectable without an attestation: then the stale account is.
      return error instanceof Problem && (error.status === 400 || error.status === 409)
    }),
    { numRuns: 150 }
  )
})

t.test('An account has at most 20 passkeys', async t => {
  const { app, clock, passkeys, logIn, add } = await createWorld(t)
  for (let n = 0; n < 19; n++) {
    await add()
    clock.advance(1)
  }
  const { user, session } = await logIn()
  const response = createAuthenticator().create(await passkeys.registrationOptions(user))
  await add()
  const full = { status: 409, message: 'An account can have 20 passkeys. Remove one first.' }
  const current = await app.db.users.byUsername('alice')
  await t.rejects(passkeys.registrationOptions(user), full)
  await t.rejects(passkeys.register(current ?? user, session, { name: 'Phone', response }, by), full)
})

t.test('The name of a passkey has 1 to 64 visible characters', async t => {
  const { passkeys, logIn, add } = await createWorld(t)
  const { passkey } = await add()
  const { user } = await logIn()
  for (const name of ['x', '🔑 key', '👩‍👩‍👧 phone', 'é'.repeat(64)])
    t.match(await passkeys.rename(user, passkey.id, name, by), { id: passkey.id, name })
  for (const name of ['', ' ', 'x'.repeat(65), ' x', 'a\nb', 'a\u202eb', '\u200b', 'a\u2028b', '\ud800', 'a\0'])
    await t.rejects(
      passkeys.rename(user, passkey.id, name, by),
      { status: 400, message: /\/name must have 1 to 64 visible characters/ },
      `${[...name].map(character => character.codePointAt(0)?.toString(16))}`
    )
})
