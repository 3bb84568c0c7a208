import type { CDPSession, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { VerifiedPasskey } from '../../src/auth/passkeys/assertion.ts'
import { callWith } from '../../test/support/administrator.ts'
import { addVirtualAuthenticator, skipWithoutBrowser, useBrowser } from '../../test/support/browser.ts'
import { challenge, createPasskeyWorld, usePasskey, verifyAsLogin } from '../../test/support/passkeys.ts'
import { startSite } from '../../test/support/site.ts'
import { stepUp } from '../../test/support/step-up.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

type VirtualAuthenticator = { authenticatorId: string }

/** An app page at an origin of its own on the RP ID, with a virtual authenticator, and the API that it calls. */
async function openApp(t: Test, { synced = false } = {}) {
  const site = (
    await startSite(t, (_request, response) => response.setHeader('content-type', 'text/html').end('App'))
  ).replace('127.0.0.1', 'localhost')
  const world = await createPasskeyWorld(t, { rpId: 'localhost', rpOrigins: [site], corsOrigins: [site] })
  const api = await world.app.listen({ host: '127.0.0.1', port: 0 })
  const page = await browser().newPage()
  t.teardown(() => page.close())
  await page.goto(site)
  const { devtools, authenticatorId } = await addVirtualAuthenticator(page, {
    defaultBackupEligibility: synced,
    defaultBackupState: synced
  })
  return { ...world, page, api, devtools, authenticator: { authenticatorId } }
}

/** Runs in the page: adds a passkey through the API, as the code of an app does, and resolves to the answer. */
const registration = (api: string, token: string) => `(async () => {
  const call = async (path, body) => {
    const headers = { authorization: 'Bearer ${token}', ...(body && { 'content-type': 'application/json' }) }
    const answer = await fetch('${api}/users/me/passkeys' + path, { method: 'POST', headers, body: body && JSON.stringify(body) })
    return await answer.json()
  }
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await call('/options'))
  try {
    const credential = await navigator.credentials.create({ publicKey })
    return await call('', { name: 'Laptop', response: credential.toJSON() })
  } catch ({ name }) {
    return { name }
  }
})()`

const register = (page: Page, api: string, token: string) =>
  page.evaluate(registration(api, token)) as Promise<{
    name?: string
    passkey?: object
    recovery_codes?: string[]
    detail?: string
  }>

/** Runs in the page: uses a passkey with these options. */
const login = (options: object) => `(async () => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)})
  return (await navigator.credentials.get({ publicKey })).toJSON()
})()`

/** Moves the passkey of an authenticator to the state of a copy that was never used. */
async function copy(devtools: CDPSession, { authenticatorId }: VirtualAuthenticator) {
  const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId })
  for (const credential of credentials) {
    const { credentialId } = credential
    await devtools.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
    await devtools.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount: 0 } })
  }
}

for (const synced of [false, true])
  t.test(`Chromium registers a ${synced ? 'synced' : 'single'} passkey and logs in with it`, { skip }, async t => {
    const { page, api, app, passkeys, logIn } = await openApp(t, { synced })
    const { user, token } = await logIn()
    const added = await register(page, api, token)
    t.match(added, { passkey: { name: 'Laptop', synced, backed_up: synced, transports: ['internal'] } })
    t.equal(added.recovery_codes?.length, 10)
    await stepUp(app, token, ['hwk', 'user', 'mfa'])
    t.same(await register(page, api, token), { name: 'InvalidStateError' }, 'the authenticator has one already')

    const asked = { challenge, hasFirstFactor: false }
    const response = await page.evaluate(login(passkeys.requestOptions({ challenge, userVerification: 'required' })))
    const proof = await passkeys.verify(response, asked)
    t.match(proof, { user: { id: user.id }, amr: [synced ? 'swk' : 'hwk', 'user', 'mfa'] })
    t.equal(await passkeys.verify(response, { ...asked, challenge: 'AAAA' }), undefined)
    t.equal((await callWith(app, token)('GET', '/users/me/passkeys')).json().items.length, 1)
  })

t.test('what a faulty authenticator sends to Chromium is refused', { skip }, async t => {
  const { page, api, devtools, authenticator, passkeys, logIn } = await openApp(t)
  const faulty = (bits: object) => devtools.send('WebAuthn.setResponseOverrideBits', { ...authenticator, ...bits })
  const { token, user } = await logIn()
  await faulty({ isBadUP: true })
  t.match(await register(page, api, token), { detail: /authenticator data/ })
  await faulty({})
  t.match(await register(page, api, token), { passkey: {} })

  const verify = async (userVerification: 'required' | 'discouraged', hasFirstFactor = false) => {
    const response = await page.evaluate(login(passkeys.requestOptions({ challenge, userVerification })))
    return await passkeys.verify(response, { challenge, hasFirstFactor })
  }
  for (const bits of [{ isBogusSignature: true }, { isBadUP: true }]) {
    await faulty(bits)
    t.equal(await verify('discouraged', true), undefined, JSON.stringify(bits))
  }
  await faulty({ isBadUV: true })
  t.equal(await verify('discouraged'), undefined, 'the user is not verified')
  t.match(await verify('discouraged', true), { amr: ['hwk', 'mfa'] }, 'which is enough after a password')
  await faulty({})
  t.match(await verify('required'), { user: { id: user.id } })
})

t.test('a copy of a passkey in Chromium is refused and recorded', { skip }, async t => {
  const { app, page, api, devtools, authenticator, events, passkeys, logIn } = await openApp(t)
  await register(page, api, (await logIn()).token)
  const asked = { challenge, hasFirstFactor: false }
  const options = passkeys.requestOptions({ challenge, userVerification: 'required' })
  await page.evaluate(login(options))
  const proof = await verifyAsLogin(passkeys, await page.evaluate(login(options)), asked)
  t.ok(Number(proof?.use.passkey?.counter) > 1)
  await usePasskey(app, proof as VerifiedPasskey)
  await copy(devtools, authenticator)
  t.equal(await verifyAsLogin(passkeys, await page.evaluate(login(options)), asked), undefined)
  t.match(await events(), [{ action: 'factor.added' }, { action: 'factor.refused', detail: { reason: 'counter' } }])
})
