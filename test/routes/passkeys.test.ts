import t, { type Test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createApp } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { createPasskeyWorld } from '../support/passkeys.ts'
import { assertProblem } from '../support/problem.ts'
import { stepUp } from '../support/step-up.ts'

const url = '/users/me/passkeys'

/** A world in which alice is logged in; `call` uses her access token. */
async function withAlice(t: Test) {
  const world = await createPasskeyWorld(t, {})
  const { token } = await world.logIn()
  return { ...world, token, call: callWith(world.app, token) }
}

t.test('A user adds, lists, renames and removes passkeys', async t => {
  const { app, call, token, events, notices, logIn } = await withAlice(t)
  const options = await call('POST', `${url}/options`)
  t.equal(options.statusCode, 200)
  const added = await call('POST', url, { name: 'Phone', response: createAuthenticator().create(options.json()) })
  t.equal(added.statusCode, 201)
  const { passkey, recovery_codes } = added.json()
  t.match(recovery_codes, Array(10).fill(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/))
  t.match(added.headers, { 'cache-control': 'no-store' })
  t.equal((await call('POST', `${url}/options`)).statusCode, 401, 'a further one needs two factors')
  await stepUp(app, token, ['hwk', 'user', 'mfa'])
  const more = (await call('POST', `${url}/options`)).json()
  t.equal(more.excludeCredentials.length, 1)
  const second = await call('POST', url, { name: 'Key', response: createAuthenticator().create(more) })
  t.strictSame(Object.keys(second.json()), ['passkey'], 'the codes are shown once')

  const renamed = await call('PATCH', `${url}/${passkey.id}`, { name: 'Old phone' })
  t.strictSame(renamed.json(), { ...passkey, name: 'Old phone' })
  t.strictSame((await call('GET', url)).json().items, [renamed.json(), second.json().passkey])

  t.equal((await call('DELETE', `${url}/${passkey.id}`)).statusCode, 204)
  t.equal((await call('DELETE', `${url}/${second.json().passkey.id}`)).statusCode, 204)
  t.strictSame((await call('GET', url)).json().items, [])
  const { user } = await logIn()
  t.equal(user.secondFactorAt, null)
  t.strictSame((await app.db.secondFactors.ofUser(user.id)).recoveryCodes, [], 'the codes go with the last factor')
  t.match(await events(), [
    { action: 'factor.added' },
    { action: 'factor.added' },
    { action: 'factor.renamed', actor: user.id, subject: user.id, detail: { type: 'passkey', id: passkey.id } },
    { action: 'factor.removed', actor: user.id, subject: user.id, ip: '192.0.2.1' },
    { action: 'factor.removed' }
  ])
  t.strictSame(await notices(), ['factor_added', 'factor_added', 'factor_removed', 'factor_removed'])
})

t.test('The list has what the browser should know of the account and its passkeys (WebAuthn §5.1.10)', async t => {
  const { app, add, call, logIn } = await withAlice(t)
  const { user, excludeCredentials } = (await call('POST', `${url}/options`)).json()
  const signals = { rpId: 'example.com', userId: user.id, name: 'alice', displayName: 'alice' }
  t.strictSame(excludeCredentials, [])
  t.strictSame((await call('GET', url)).json().signals, { ...signals, allAcceptedCredentialIds: [] })
  const { passkey } = await add()
  const after = callWith(app, (await logIn()).token)
  await after('PATCH', '/users/me', { full_name: 'Alice Liddell' })
  t.strictSame((await after('GET', url)).json().signals, {
    ...signals,
    displayName: 'Alice Liddell',
    allAcceptedCredentialIds: [passkey.credentialId]
  })
})

t.test('A user cannot rename or remove the passkey of another', async t => {
  const { app, add, call, logIn } = await withAlice(t)
  const { passkey } = await add(createAuthenticator(), {}, 'bob')
  const bob = callWith(app, (await logIn('bob')).token)
  const own = `${url}/${passkey.id}`
  assertProblem(t, await call('PATCH', own, { name: 'Mine' }), 404, own, {
    detail: 'You have no passkey with this id.'
  })
  const detail = 'You have no second factor with this id.'
  assertProblem(t, await call('DELETE', own), 404, own, { detail })
  t.match((await bob('GET', url)).json(), { items: [{ name: 'Phone' }] })
  t.strictSame((await call('GET', url)).json().items, [])
})

t.test('Invalid requests are refused with a problem (RFC 9457 §3)', async t => {
  const { call } = await withAlice(t)
  const response = createAuthenticator().create((await call('POST', `${url}/options`)).json())
  const { attestationObject, ...rest } = response.response
  const ofResponse = (members: object) => ({ name: 'Phone', response: { ...response, ...members } })
  const wrong = [
    { name: 'Phone' },
    { response },
    { name: '', response },
    { name: 'Phone', response: 'text' },
    { name: 'Phone', response, more: true },
    ...[{ id: 'not base64url!' }, { type: 'password' }, { response: rest }, { rawId: 'AAAA' }].map(ofResponse),
    ...[{ attestationObject: 'AAAA' }, { transports: Array(11).fill('usb') }, { transports: ['a\0'] }].map(members =>
      ofResponse({ response: { ...response.response, ...members } })
    )
  ]
  for (const body of wrong) {
    const answer = await call('POST', url, body)
    const { detail, errors } = answer.json()
    assertProblem(t, answer, 400, url, { detail, errors }, JSON.stringify(body).slice(0, 120))
  }
  const tooLarge = { ...rest, attestationObject: 'A'.repeat(16 * 1024) }
  const large = await call('POST', url, { name: 'Phone', response: { ...response, response: tooLarge } })
  assertProblem(t, large, 413, url, { detail: large.json().detail })
  t.strictSame((await call('GET', url)).json().items, [])
})

t.test('A response with every member that browsers send fits into the body limit', async t => {
  const { call } = await withAlice(t)
  const created = createAuthenticator({ algorithm: 'RS256' }).create((await call('POST', `${url}/options`)).json())
  const { attestationObject } = created.response
  const members = { authenticatorData: attestationObject, publicKey: attestationObject, publicKeyAlgorithm: -257 }
  const response = {
    ...created,
    response: { ...created.response, ...members },
    clientExtensionResults: { credProps: { rk: true } }
  }
  t.equal((await call('POST', url, { name: 'Phone', response })).statusCode, 201)
})

t.test('Browsers find the web origins at the RP ID (WebAuthn L3 §5.11)', async t => {
  for (const [settings, expected] of [
    [{ rpOrigins: ['https://example.org', `android:apk-key-hash:${'a'.repeat(43)}`] }, ['https://example.org']],
    [{ issuer: 'https://auth.example.com' }, ['https://example.com', 'https://auth.example.com']]
  ] satisfies [object, string[]][]) {
    const { app } = await createApp(t, { rpId: 'example.com', ...settings })
    const answer = await app.inject('/.well-known/webauthn')
    t.equal(answer.statusCode, 200)
    t.match(answer.headers['content-type'], /^application\/json(;|$)/)
    t.strictSame(answer.json(), { origins: expected })
  }
})

t.test('There are no passkeys without RP_ID, and none with SECOND_FACTOR=off', async t => {
  for (const settings of [{}, { rpId: 'example.com', secondFactor: 'off' }] as const) {
    const { app } = await createApp(t, { docs: 'on', ...settings })
    t.equal(app.passkeys, undefined)
    for (const path of [url, `${url}/options`, '/.well-known/webauthn'])
      t.equal((await app.inject(path)).statusCode, 404, path)
    t.notMatch(Object.keys((await app.inject('/openapi.json')).json().paths).join(' '), /passkeys|webauthn/)
  }
})
