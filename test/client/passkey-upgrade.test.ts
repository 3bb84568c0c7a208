import t, { type Test } from 'tap'
import { createPasskey } from '../../src/client.ts'
import { credential, installPasskeyBrowser, response } from '../support/passkey-browser.ts'
import { createScripted, tokensOf } from '../support/scripted-server.ts'

const capable = { conditionalCreate: true, signalUnknownCredential: true }
const rp = { id: 'example.com', name: 'example.com' }
const user = { id: 'AQ', name: 'alice', displayName: 'Alice' }
const options = { challenge: 'AAAA', rp, user }
const passkey = { id: '1', name: 'Firefox on Linux', confirmed_at: null }
const { name } = passkey
const refused = (status = 400) => Response.json({ detail: 'No.' }, { status })

/** A client of a user who has logged in with a password, in a browser with these capabilities. */
async function logIn(t: Test, capabilities: Record<string, boolean>, ...answers: Response[]) {
  const browser = installPasskeyBrowser(t, capabilities)
  const world = createScripted(tokensOf('alice'), ...answers)
  await world.client.signIn({ username: 'alice', password: 'p' })
  return { ...world, browser }
}

t.test('the browser creates a passkey without a dialog (WebAuthn Level 3 §5.1.3)', async t => {
  const added = Response.json({ passkey }, { status: 201 })
  const { client, bodies, browser } = await logIn(t, capable, Response.json(options), added)
  const made = client.upgradeToPasskey({ name })
  const asked = await browser.ceremony(1)
  t.match(asked, { kind: 'create', mediation: 'conditional', publicKey: options })
  asked.resolve(credential)
  t.strictSame(await made, passkey)
  t.strictSame(bodies, [
    { pathname: '/users/me/passkeys/options', conditional: true },
    { pathname: '/users/me/passkeys', name, response }
  ])
  t.strictSame(browser.signals, [])
})

t.test('a browser that would show a dialog is not asked', async t => {
  for (const capabilities of [{}, { conditionalCreate: false }] as Record<string, boolean>[]) {
    const { client, bodies, browser } = await logIn(t, capabilities)
    t.equal(await client.upgradeToPasskey({ name }), undefined)
    t.strictSame(bodies, [])
    t.equal(browser.ceremonies.length, 0)
  }
})

t.test('a server without passkeys, or that wants the password again, ends it', async t => {
  for (const answer of [refused(404), refused(401), Response.error()]) {
    const { client, browser } = await logIn(t, capable, answer)
    t.equal(await client.upgradeToPasskey({ name }), undefined)
    t.equal(browser.ceremonies.length, 0)
  }
})

t.test('a browser that creates none ends it', async t => {
  const { client, bodies, browser } = await logIn(t, capable, Response.json(options))
  const made = client.upgradeToPasskey({ name })
  ;(await browser.ceremony(1)).reject(new DOMException('', 'NotAllowedError'))
  t.equal(await made, undefined)
  t.equal(bodies.length, 1)
})

t.test('the browser forgets a passkey that the server refused, and keeps one that it may have added', async t => {
  for (const [status, signals] of [
    [400, [['signalUnknownCredential', { rpId: 'example.com', credentialId: response.id }]]],
    [502, []]
  ] as const) {
    const { client, browser } = await logIn(t, capable, Response.json(options), refused(status))
    const made = client.upgradeToPasskey({ name })
    ;(await browser.ceremony(1)).resolve(credential)
    t.equal(await made, undefined)
    t.strictSame(browser.signals, signals)
  }
})

t.test('a dialog of the browser, and thirty seconds, abort it', async t => {
  let expire = () => {}
  const { client, browser } = await logIn(t, capable, Response.json(options), Response.json(options))
  const made = client.upgradeToPasskey({ name })
  const first = await browser.ceremony(1)
  const shown = createPasskey(options)
  t.equal(first.signal?.aborted, true)
  t.equal(await made, undefined)
  ;(await browser.ceremony(2)).resolve(credential)
  await shown

  t.intercept(globalThis as { setTimeout: unknown }, 'setTimeout', {
    value: (run: () => void, ms: number) => {
      t.equal(ms, 30_000)
      expire = run
    }
  })
  const late = client.upgradeToPasskey({ name })
  await browser.ceremony(3)
  expire()
  t.equal(await late, undefined)
})
