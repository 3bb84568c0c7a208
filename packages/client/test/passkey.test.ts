import t, { type Test } from 'tap'
import { createPasskey, getPasskey } from '../src/index.ts'
import { createClientWorld } from './support/client-world.ts'
import { response } from './support/passkey-browser.ts'
import { authorized, challengeWith, createScripted, options, tokensOf } from './support/scripted-server.ts'
import { installNavigator } from './support/web-locks.ts'

t.test(
  'A passkey signs in without a username, and the token says who (draft-ietf-oauth-first-party-apps §5)',
  async t => {
    const { forms, client } = createScripted(challengeWith('one'), authorized(), tokensOf('zoë'))
    const asked: object[] = []
    const passkey = async (options: object) => {
      asked.push(options)
      return response
    }
    t.match(await client.signIn({ passkey, scope: 'me' }), { username: 'zoë', scope: 'me' })
    t.strictSame(asked, [options])
    const [begun, proved, redeemed] = forms
    const code_challenge = String(begun?.code_challenge)
    t.match(code_challenge, /^[\w-]{43}$/)
    t.match(begun, {
      pathname: '/authorize-challenge',
      response_type: 'code',
      scope: 'me',
      code_challenge_method: 'S256'
    })
    t.match(proved, { pathname: '/authorize-challenge', auth_session: 'one', code_challenge })
    t.strictSame(JSON.parse(String(proved?.passkey)), response)
    t.match(redeemed, { pathname: '/token', grant_type: 'authorization_code', code: 'code' })
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(redeemed?.code_verifier))
    t.equal(
      Buffer.from(hash).toString('base64url'),
      code_challenge,
      'the verifier proves the challenge (RFC 7636 §4.6)'
    )
  }
)

t.test('A passkey that is refused is not asked for again', async t => {
  const { client } = createScripted(challengeWith('one'), challengeWith('two'))
  let count = 0
  const passkey = () => {
    count++
    return response
  }
  await t.rejects(client.signIn({ passkey }), {
    name: 'OAuthError',
    error: 'insufficient_authorization',
    challenge: { authSession: 'two' }
  })
  t.equal(count, 1)
  t.equal(await client.signedIn(), undefined)
})

t.test('A passkey that the user does not give ends the sign-in with the error of the browser', async t => {
  const { client, forms } = createScripted(challengeWith('one'))
  const cancelled = new Error('NotAllowedError')
  await t.rejects(client.signIn({ passkey: () => Promise.reject(cancelled) }), cancelled)
  t.equal(forms.length, 1)
})

t.test('A server without passkeys refuses a sign-in with one, and the user is not asked', async t => {
  const { open } = await createClientWorld(t)
  const passkey = () => t.fail('the user was asked') as never
  await t.rejects(open().signIn({ passkey }), {
    name: 'OAuthError',
    error: 'insufficient_authorization',
    challenge: { passkey: undefined }
  })
})

t.test('A passkey is a second factor, with the options of the challenge', async t => {
  const { forms, client } = createScripted(
    challengeWith('one', 403),
    challengeWith('two'),
    authorized(),
    tokensOf('alice')
  )
  const asked: unknown[] = []
  const secondFactor = ({ passkey, refused }: { passkey: unknown; refused: unknown }) => {
    asked.push(passkey)
    return refused ? { passkey: response } : { otp: '000000' }
  }
  t.strictSame(await client.signIn({ username: 'Alice', password: 'p', secondFactor }), {
    username: 'Alice',
    scope: 'me'
  })
  t.strictSame(asked, [options, options])
  t.match(forms[2], { auth_session: 'two', passkey: JSON.stringify(response) })
  t.equal(forms[1]?.code_challenge, forms[2]?.code_challenge)
  t.notHas(forms[2], { password: 'p' })
})

t.test('A challenge without its members is an error like any other', async t => {
  const body = { error: 'insufficient_authorization' }
  const { client } = createScripted(Response.json(body, { status: 403 }))
  const secondFactor = () => t.fail('the user was asked') as never
  await t.rejects(client.signIn({ username: 'alice', password: 'p', secondFactor }), {
    name: 'OAuthError',
    ...body,
    challenge: undefined
  })
  const { client: other } = createScripted(Response.json({ ...body, auth_session: 'x' }, { status: 403 }))
  await t.rejects(other.signIn({ username: 'alice', password: 'p' }), {
    name: 'OAuthError',
    challenge: { authSession: 'x', factors: [], passkey: undefined }
  })
})

t.test('An answer of the challenge endpoint without a code is an error (RFC 6749 §4.1.2)', async t => {
  for (const answer of [Response.json({}), new Response('<h1>Welcome</h1>')]) {
    const { client } = createScripted(challengeWith('one'), answer)
    await t.rejects(client.signIn({ passkey: () => response }), {
      name: 'OAuthError',
      error: 'server_error',
      status: 200
    })
  }
})

const bytes = (...values: number[]) => new Uint8Array(values).buffer

/** A browser whose dialogs give `credential`, and the options that it was given. */
function installPasskeys(t: Test, credential: object, methods: object = {}) {
  const given: object[] = []
  const dialog = async ({ publicKey }: { publicKey: object }) => {
    given.push(publicKey)
    return credential
  }
  installNavigator(t, { credentials: { get: dialog, create: dialog } })
  t.intercept(globalThis as { PublicKeyCredential?: unknown }, 'PublicKeyCredential', { value: methods })
  return given
}

const user = { id: '-_8', name: 'alice', displayName: 'Alice' }
const known = { type: 'public-key', id: 'AQ' }

t.test('A browser without JSON methods gets bytes, and its answer becomes JSON (WebAuthn Level 3 §5.1)', async t => {
  const credential = {
    id: '-_8',
    rawId: bytes(251, 255),
    type: 'public-key',
    getClientExtensionResults: () => ({})
  }
  const json = { id: '-_8', rawId: '-_8', type: 'public-key', clientExtensionResults: {} }

  await t.test('To use a passkey', async t => {
    const response = { clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(3), userHandle: null }
    const given = installPasskeys(t, { ...credential, response })
    const answer = await getPasskey({ challenge: '-_8', rpId: 'example.com', allowCredentials: [known] })
    t.strictSame(given, [
      {
        challenge: new Uint8Array([251, 255]),
        rpId: 'example.com',
        allowCredentials: [{ type: 'public-key', id: new Uint8Array([1]) }]
      }
    ])
    t.strictSame(JSON.parse(JSON.stringify(answer)), {
      ...json,
      response: { clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: 'Aw' }
    })
    await getPasskey({ challenge: 'AQ' })
    t.match(given[1], { challenge: new Uint8Array([1]), allowCredentials: undefined })
  })

  await t.test('To create one', async t => {
    const getTransports = () => ['internal']
    const response = { clientDataJSON: bytes(1), attestationObject: bytes(2), getTransports }
    const given = installPasskeys(t, { ...credential, response })
    const answer = await createPasskey({ challenge: 'AQ', user, excludeCredentials: [known] })
    t.match(given, [
      {
        challenge: new Uint8Array([1]),
        user: { ...user, id: new Uint8Array([251, 255]) },
        excludeCredentials: [{ id: new Uint8Array([1]) }]
      }
    ])
    t.strictSame(answer, {
      ...json,
      response: { clientDataJSON: 'AQ', attestationObject: 'Ag', transports: ['internal'] }
    })
    await createPasskey({ challenge: 'AQ', user })
    t.match(given[1], { excludeCredentials: undefined })
  })
})

t.test('The JSON methods of the browser are used where it has them', async t => {
  const given = installPasskeys(
    t,
    { toJSON: () => response },
    {
      parseRequestOptionsFromJSON: (json: object) => ({ request: json }),
      parseCreationOptionsFromJSON: (json: object) => ({ creation: json })
    }
  )
  t.equal(await getPasskey(options), response)
  t.equal(await createPasskey({ challenge: 'AQ', user }), response)
  t.strictSame(given, [{ request: options }, { creation: { challenge: 'AQ', user } }])
})
