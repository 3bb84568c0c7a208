import type { VerifiedPasskey } from '../../src/auth/passkeys/assertion.ts'
import { Problem } from '../../src/base/errors.ts'
import { createAuthenticator, type Faults } from '../support/authenticator.ts'
import { logInDirectly, usePasskey, verifyAsLogin } from '../support/passkeys.ts'
import { decision, excluded, must, reading, type Scenario, type Standard, should } from './scenarios.ts'
import type { Answer, World } from './world.ts'

const challenge = Buffer.alloc(32, 'c').toString('base64url')
const path = '/users/me/passkeys'

const send = ({ json }: World, token: string, method: string, url: string, body?: object): Promise<Answer> =>
  json(method, url, body, token)

/** The access token of a new login of alice, with two factors if she has a passkey already. */
const tokenOf = async ({ app }: World) => (await logInDirectly(app, 'https://auth.example.com', 'alice')).token

/** A registration through a new login: its answer, and the token of the login. */
async function register(world: World, faults: Faults = {}, authenticator = createAuthenticator()) {
  const access_token = await tokenOf(world)
  const options = (await send(world, access_token, 'POST', `${path}/options`)).body
  const body = { name: 'Phone', response: authenticator.create(options, faults) }
  return { answer: await send(world, access_token, 'POST', path, body), access_token, options, body }
}

/** Asserts that a registration with each of these faults is a 400 that stores nothing, and one without them works. */
const refusesToRegister =
  (...all: Faults[]): Scenario['run'] =>
  async (world, t) => {
    for (const faults of all) {
      const { answer, access_token } = await register(world, faults)
      t.equal(answer.status, 400, answer.text)
      t.match(answer.body.errors, [{ pointer: '/response' }])
      t.strictSame((await send(world, access_token, 'GET', path)).body.items, [])
    }
    t.equal((await register(world)).answer.status, 201)
  }

/** A server on which alice has a passkey; `verify` checks an assertion of it as a login does. */
async function withPasskey(world: World, authenticator = createAuthenticator(), faults: Faults = {}) {
  const { passkeys } = world.app
  if (!passkeys) throw new Problem('server_error', 'Passkeys are off.')
  await register(world, faults, authenticator)
  const asked = { challenge, hasFirstFactor: false, ip: '192.0.2.1' }
  const options = passkeys.requestOptions({ challenge, userVerification: 'required' })
  const respond = (faults: Faults = {}) => authenticator.get(options, faults)
  const verify = (faults: Faults = {}, more: Partial<typeof asked> = {}) =>
    verifyAsLogin(passkeys, respond(faults), { ...asked, ...more })
  return { passkeys, asked, respond, verify }
}

/** Asserts that an assertion with each of these faults is refused, and one without them is not. */
const refusesToLogIn =
  (...all: Faults[]): Scenario['run'] =>
  async (world, t) => {
    const { verify } = await withPasskey(world)
    for (const faults of all) t.equal(await verify(faults), undefined, JSON.stringify(faults))
    t.equal((await verify())?.user.id, world.alice.id)
  }

const registration: Standard['scenarios'] = [
  must(
    '§7.1 step 1',
    'the options have a challenge of 16 bytes or more that is never the same (§13.4.3), and no attestation',
    [
      [
        'auth/passkeys/registration.test.ts',
        'The options name the account, our algorithms and its passkeys (WebAuthn L3 §5.4)'
      ]
    ]
  ),
  must(
    '§7.1 steps 3, 6',
    'a response without its members, or whose client data are no JSON object, is refused',
    async (world, t) => {
      const { access_token, body } = await register(world)
      const { attestationObject, ...rest } = body.response.response
      const answer = await send(world, access_token, 'POST', path, {
        ...body,
        response: { ...body.response, response: rest }
      })
      t.equal(answer.status, 400)
      for (const clientData of ['', 'null', '[]', '{'])
        t.equal((await register(world, { clientData })).answer.status, 400, clientData)
    }
  ),
  must(
    '§7.1 step 7',
    'the type of the client data is webauthn.create',
    refusesToRegister({ type: 'webauthn.get' }, { type: 'webauthn.Create' })
  ),
  must(
    '§7.1 step 8',
    'the challenge is one of this server for the account as it is, at most ten minutes old',
    async (world, t) => {
      await refusesToRegister({ challenge }, { challenge: '' })(world, t)
      const access_token = await tokenOf(world)
      const options = (await send(world, access_token, 'POST', `${path}/options`)).body
      world.clock.advance(600)
      const again = await tokenOf(world)
      const body = { name: 'Phone', response: createAuthenticator().create(options) }
      t.equal((await send(world, again, 'POST', path, body)).status, 400)
      const before = (await send(world, again, 'POST', `${path}/options`)).body
      const alice = await world.app.userAdmin.byIdOrName('alice')
      await world.app.accountPasswords.set(alice, 'purple monkey dishwasher lamp', {})
      const late = { name: 'Phone', response: createAuthenticator().create(before) }
      t.equal((await send(world, await tokenOf(world), 'POST', path, late)).status, 400, 'of another password')
    }
  ),
  must('§13.4.3', 'a challenge works once, though the server stores none before its use', async (world, t) => {
    const { answer, options } = await register(world)
    t.equal(answer.status, 201)
    const access_token = await tokenOf(world)
    const body = { name: 'Phone', response: createAuthenticator().create(options) }
    const replayed = await send(world, access_token, 'POST', path, body)
    t.equal(replayed.status, 400)
    t.match(replayed.body.detail, /its challenge has expired, or is not for this account/)
  }),
  must(
    '§7.1 step 9',
    'the origin is one of RP_ORIGINS, compared as a whole',
    refusesToRegister(
      { origin: 'https://evil.example' },
      { origin: 'https://example.com:8443' },
      { origin: 'https://example.com/' },
      { origin: 'http://example.com' },
      { origin: 'https://sub.example.com' },
      { origin: `android:apk-key-hash:${'a'.repeat(43)}` }
    )
  ),
  must(
    '§7.1 steps 10, 11',
    'a response from a frame in a page of another origin is refused',
    refusesToRegister({ crossOrigin: true }, { crossOrigin: true, topOrigin: 'https://example.com' })
  ),
  must(
    '§7.1 step 13',
    'an attestation object that is no CBOR, or has bytes left over, is refused',
    refusesToRegister({ attestationObject: Buffer.from('not CBOR') }, { trailing: Buffer.alloc(3) })
  ),
  must(
    '§7.1 step 14',
    'the RP ID hash is that of RP_ID',
    refusesToRegister({ rpId: 'evil.example' }, { rpId: 'sub.example.com' })
  ),
  must('§7.1 step 15', 'the user was present', refusesToRegister({ isUserPresent: false })),
  decision(
    '§7.1 step 16',
    'a registration without user verification is taken from an account with a password, where it is only preferred',
    async (world, t) => {
      t.equal((await register(world, { isUserVerified: false })).answer.status, 201)
    }
  ),
  must(
    '§7.1 steps 17 to 19',
    'a backup state without backup eligibility is refused; both are shown to the user',
    async (world, t) => {
      await refusesToRegister({ isBackupEligible: false, isBackedUp: true })(world, t)
      const synced = await register(world, { isBackedUp: false }, createAuthenticator({ synced: true }))
      t.match(synced.answer.body.passkey, { synced: true, backed_up: false })
    }
  ),
  must(
    '§7.1 step 20',
    'the key is a valid one of ES256 with P-256, EdDSA with Ed25519, or RS256 with 2048 to 4096 bits (§5.8.5)',
    async (world, t) => {
      const { cose } = createAuthenticator()
      const rsa = createAuthenticator({ algorithm: 'RS256' }).cose
      await refusesToRegister(
        { publicKey: new Map([...cose, [3, -35]]) },
        { publicKey: new Map([...cose, [-1, 3]]) },
        { publicKey: new Map([...cose, [-3, Buffer.alloc(32, 1)]]) },
        { publicKey: new Map([...rsa, [-1, Buffer.alloc(128, 0xff)]]) }
      )(world, t)
      for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const)
        t.equal((await register(world, {}, createAuthenticator({ algorithm }))).answer.status, 201, algorithm)
    }
  ),
  must(
    '§7.1 steps 21 to 24',
    'the attestation is none, with an empty statement, or a right signature of the key itself (§8.2, §8.7)',
    async (world, t) => {
      await refusesToRegister(
        { fmt: 'none', attStmt: new Map([['sig', Buffer.alloc(70)]]) },
        { fmt: 'packed', signature: Buffer.alloc(70, 1) },
        { fmt: 'packed', attStmt: new Map([['alg', -257]]) }
      )(world, t)
      t.equal((await register(world, { fmt: 'packed' })).answer.status, 201)
    }
  ),
  decision(
    '§7.1 step 22',
    'an attestation of the device, which is not requested, is dropped unread',
    async (world, t) => {
      for (const fmt of ['packed', 'tpm', 'android-key', 'apple', 'unknown'])
        t.equal(
          (await register(world, { fmt, attStmt: new Map([['x5c', [Buffer.alloc(500)]]]) })).answer.status,
          201,
          fmt
        )
    }
  ),
  must('§7.1 step 25', 'a credential id of more than 1023 bytes is refused', async (world, t) => {
    await refusesToRegister({ credentialId: Buffer.alloc(1024, 1) })(world, t)
    t.equal((await register(world, { credentialId: Buffer.alloc(1023, 1) })).answer.status, 201)
  }),
  should('§7.1 step 26', 'a credential id that any account has is refused with 409', async (world, t) => {
    const authenticator = createAuthenticator()
    t.equal((await register(world, {}, authenticator)).answer.status, 201)
    t.equal((await register(world, {}, authenticator)).answer.status, 409)
  }),
  must('§7.1 steps 27, 29', 'the new passkey belongs to the account and is excluded from further registrations', [
    [
      'auth/passkeys/registration.test.ts',
      'The options name the account, our algorithms and its passkeys (WebAuthn L3 §5.4)'
    ]
  ]),
  must('§7.1 step 28', 'outputs of extensions that were not requested are ignored', async (world, t) => {
    const access_token = await tokenOf(world)
    const options = (await send(world, access_token, 'POST', `${path}/options`)).body
    const response = createAuthenticator().create(options)
    const body = { name: 'Phone', response: { ...response, clientExtensionResults: { credProps: { rk: true } } } }
    t.equal((await send(world, access_token, 'POST', path, body)).status, 201)
  })
]

const assertion: Standard['scenarios'] = [
  decision(
    '§7.2 step 5',
    'the options name no credentials, so that they are the same for every account (§14.6.2)',
    async (world, t) => {
      const { passkeys } = await withPasskey(world)
      const options = passkeys.requestOptions({ challenge, userVerification: 'required' })
      t.match(options, { challenge, rpId: 'example.com', allowCredentials: [], userVerification: 'required' })
    }
  ),
  must(
    '§7.2 step 6',
    'the user handle is present and names the account of the credential, also after a password',
    async (world, t) => {
      const { asked, passkeys, respond, verify } = await withPasskey(world)
      for (const hasFirstFactor of [false, true]) {
        t.ok(await verify({}, { hasFirstFactor }))
        for (const userHandle of ['', Buffer.from('another user').toString('base64url')])
          t.equal(await verify({ userHandle }, { hasFirstFactor }), undefined)
      }
      const { response, ...rest } = respond()
      const { userHandle, ...without } = response
      t.equal(await passkeys.verify({ ...rest, response: without }, asked), undefined)
      t.equal(
        await passkeys.verify(createAuthenticator().get({ challenge }), asked),
        undefined,
        'an unknown credential'
      )
    }
  ),
  must(
    '§7.2 steps 8, 9',
    'client data that are no JSON object are refused',
    refusesToLogIn({ clientData: 'null' }, { clientData: '{' }, { clientData: '[]' })
  ),
  must(
    '§7.2 step 10',
    'the type of the client data is webauthn.get',
    refusesToLogIn({ type: 'webauthn.create' }, { type: 'payment.get' })
  ),
  must(
    '§7.2 step 11',
    'the challenge is that of the login',
    refusesToLogIn({ challenge: Buffer.alloc(32, 'd').toString('base64url') }, { challenge: '' })
  ),
  must(
    '§7.2 step 12',
    'the origin is one of RP_ORIGINS, compared as a whole',
    refusesToLogIn({ origin: 'https://evil.example' }, { origin: 'https://sub.example.com' })
  ),
  must(
    '§7.2 steps 13, 14',
    'a response from a frame in a page of another origin is refused',
    refusesToLogIn({ crossOrigin: true }, { topOrigin: 'https://example.com' })
  ),
  must('§7.2 step 15', 'the RP ID hash is that of RP_ID', refusesToLogIn({ rpId: 'evil.example' })),
  must('§7.2 step 16', 'the user was present', refusesToLogIn({ isUserPresent: false })),
  must('§7.2 step 17', 'the user was verified, unless the login has checked the password', async (world, t) => {
    const { verify } = await withPasskey(world)
    t.equal(await verify({ isUserVerified: false }), undefined)
    t.strictSame((await verify({ isUserVerified: false }, { hasFirstFactor: true }))?.amr, ['hwk', 'mfa'])
  }),
  must(
    '§7.2 steps 18, 19',
    'a backup state without eligibility, and another eligibility than at the registration, are refused',
    async (world, t) => {
      await refusesToLogIn({ isBackedUp: true }, { isBackupEligible: true })(world, t)
      const { verify } = await withPasskey(world, createAuthenticator({ synced: true }))
      t.equal(await verify({ isBackupEligible: false, isBackedUp: false }), undefined)
    }
  ),
  must(
    '§7.2 steps 20, 21',
    'the signature of the registered key covers the authenticator data and the client data',
    async (world, t) => {
      const { asked, passkeys, respond, verify } = await withPasskey(world)
      const [one, two] = [respond(), respond({ isUserVerified: false })]
      const { authenticatorData } = one.response
      const mixed = { ...two, response: { ...two.response, authenticatorData } }
      t.equal(await passkeys.verify(mixed, asked), undefined, 'of other authenticator data')
      t.equal(await verify({ signature: Buffer.alloc(70, 1) }), undefined, 'of nothing')
      t.ok(await passkeys.verify(one, asked))
    }
  ),
  decision(
    '§7.2 step 22',
    'a signed counter that does not increase is refused, recorded and reported to the user; zero may stay',
    async (world, t) => {
      const { verify } = await withPasskey(world, createAuthenticator(), { counter: 5 })
      t.equal(await verify({ counter: 5 }), undefined)
      t.equal(await verify({ counter: 4, signature: Buffer.alloc(70, 1) }), undefined)
      const { items } = await world.app.audit.page({ limit: 100 })
      t.equal(items.filter(({ action }) => action === 'factor.refused').length, 1, 'only the signed one')
      t.ok(await verify({ counter: 6 }))
      const zero = await withPasskey(world, createAuthenticator({ counts: false }))
      t.ok(await zero.verify())
    }
  ),
  must(
    '§7.2 step 24',
    'a login stores the counter and the backup state, in its own transaction, and with it the challenge',
    async (world, t) => {
      const { verify } = await withPasskey(world, createAuthenticator({ synced: true }), { isBackedUp: false })
      const proof = await verify({ counter: 9 })
      t.match(proof?.use.passkey, { counter: 9, backedUp: true })
      const use = () => usePasskey(world.app, proof as VerifiedPasskey)
      t.strictSame([await use(), await use()], [true, false])
      t.equal(await verify({ counter: 9 }), undefined)
      t.match(await world.app.passkeys?.list(world.alice), [{ backedUp: true }])
    }
  )
]

export const webauthn: Standard = {
  name: 'WebAuthn L3',
  title: 'Web Authentication Level 3, the operations of a Relying Party',
  date: '25 August 2026',
  table: 'webauthn',
  settings: { rpId: 'example.com' },
  scenarios: [
    must('§6.5.5', 'a signature of ES256 that is not DER is refused', [
      [
        'auth/passkeys/assertion.test.ts',
        'A signature of ES256 that is not DER is refused, although the library reads it (WebAuthn L3 §6.5.5)'
      ],
      [
        'assurance/vectors/webauthn.test.ts',
        'w3c-webauthn: an attestation by the key itself, whose signature has two bytes more, is refused'
      ]
    ]),
    ...registration,
    ...assertion
  ],
  notApplicable: [
    excluded(
      '§7.1 steps 2, 4 and §7.2 steps 2, 4',
      'calls of navigator.credentials, and errors for the user',
      'They are work of the client, which sends the result.'
    ),
    excluded(
      '§7.1 step 23',
      'trust anchors for attestations',
      'No attestation is requested, and one with certificates counts as none.'
    ),
    excluded('§7.2 step 23, §10', 'extensions, among them appid', 'The options request none.')
  ],
  readings: [
    reading(
      '§7.1 step 22',
      'What if a client sends an attestation of the device, though none was requested?',
      'It is dropped unread, as the client should have done (§5.1.3): it would prove nothing that matters here, and to verify it, ' +
        'the server would have to fetch addresses that the client chooses.'
    ),
    reading(
      '§7.2 step 22',
      'Does a counter that does not increase end the login?',
      'Yes. It is no proof of a copy, but authenticators whose passkeys are synced have no counter, and the others seldom fail.'
    ),
    reading(
      '§7.2 step 6',
      'Is the user handle needed when the password has named the user?',
      'Yes. Every passkey is discoverable, so its authenticator always sends the handle.'
    )
  ]
}
