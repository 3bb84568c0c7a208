import t, { type Test } from 'tap'
import { createPasskey, getPasskey, OAuthError } from '../src/index.ts'
import { credential, installPasskeyBrowser, response, until } from './support/passkey-browser.ts'
import { authorized, challengeWith, createScripted, options, tokensOf } from './support/scripted-server.ts'

const canAutofill = { conditionalGet: true }
const alice = { username: 'alice', password: 'p' }
const who = { username: 'alice', scope: 'me' }

/** The clock and the interval of the page, which stand still until the test moves them. */
function installClock(t: Test) {
  let now = 1_000_000
  let look = () => {}
  const { now: real } = Date
  Date.now = () => now
  t.teardown(() => {
    Date.now = real
  })
  const cleared: unknown[] = []
  t.intercept(globalThis as { setInterval: unknown }, 'setInterval', {
    value: (run: () => void) => {
      look = run
      return 7
    }
  })
  t.intercept(globalThis as { clearInterval: unknown }, 'clearInterval', { value: (id: unknown) => cleared.push(id) })
  return {
    cleared,
    advance(seconds: number) {
      now += seconds * 1000
      look()
    }
  }
}

t.test('The browser offers passkeys, and the picked one logs in (WebAuthn Level 3 §5.1.4)', async t => {
  const browser = installPasskeyBrowser(t, canAutofill)
  const { forms, client } = createScripted(challengeWith('one'), authorized(), tokensOf('alice'))
  const offer = client.autofill({ scope: 'me' })
  const asked = await browser.ceremony(1)
  t.match(asked, { kind: 'get', mediation: 'conditional', publicKey: options })
  t.match(forms, [{ pathname: '/authorize-challenge', response_type: 'code', scope: 'me' }])
  asked.resolve(credential)
  t.match(await offer, who)
  t.strictSame(JSON.parse(String(forms[1]?.passkey)), response)
  t.match(await client.signedIn(), who)
})

t.test('Nothing is offered, and nothing rejects, where the browser cannot do it (WebAuthn Level 3 §5.1.6)', async t => {
  const failing = async () => {
    throw new Error('not implemented')
  }
  const browsers: [name: string, capabilities: Record<string, boolean>, methods: object][] = [
    ['that says so', { conditionalGet: false }, {}],
    ['that says so by the older method', {}, { isConditionalMediationAvailable: async () => false }],
    ['without either method', {}, { getClientCapabilities: undefined }],
    ['whose methods fail', {}, { getClientCapabilities: failing, isConditionalMediationAvailable: failing }]
  ]
  for (const [name, capabilities, methods] of browsers)
    await t.test(`A browser ${name} offers nothing`, async t => {
      installPasskeyBrowser(t, capabilities, methods)
      const { forms, client } = createScripted()
      t.equal(await client.autofill(), undefined)
      t.strictSame(forms, [])
    })
  const { forms, client } = createScripted()
  t.equal(await client.autofill(), undefined, 'a program that is no browser')
  t.strictSame(forms, [])
})

t.test('A browser before 2024 says by its older method that it can (WebAuthn Level 3 §5.1.6)', async t => {
  const methods = { getClientCapabilities: undefined, isConditionalMediationAvailable: async () => true }
  const browser = installPasskeyBrowser(t, {}, methods)
  const { client } = createScripted(challengeWith('one'))
  const end = new AbortController()
  const offer = client.autofill({ signal: end.signal })
  await browser.ceremony(1)
  end.abort()
  t.equal(await offer, undefined)
})

t.test('Nothing rejects before the user has picked a passkey', async t => {
  const browser = installPasskeyBrowser(t, canAutofill)
  const answers: [name: string, Response][] = [
    ['a server without passkeys', challengeWith('one', 403, { passkey: null as never })],
    ['a server that refuses', Response.json({ error: 'invalid_client' }, { status: 401 })],
    ['a server that is not reached', Response.error()]
  ]
  for (const [name, answer] of answers) t.equal(await createScripted(answer).client.autofill(), undefined, name)
  t.equal(browser.ceremonies.length, 0)

  const offer = createScripted(challengeWith('one')).client.autofill()
  ;(await browser.ceremony(1)).reject(new DOMException('', 'NotAllowedError'))
  t.equal(await offer, undefined, 'a browser that refuses')
})

t.test('A picked passkey that is refused rejects, and nothing is stored', async t => {
  const browser = installPasskeyBrowser(t, canAutofill)
  const { client } = createScripted(challengeWith('one'), challengeWith('two'))
  const offer = client.autofill()
  ;(await browser.ceremony(1)).resolve(credential)
  await t.rejects(offer, { name: 'OAuthError', error: 'insufficient_authorization', passkeyUnknown: false })
  t.equal(await client.signedIn(), undefined)
  t.strictSame(browser.signals, [], 'the browser keeps the passkey')
})

t.test('The challenge is renewed before its ten minutes are over, also after a sleep', async t => {
  const clock = installClock(t)
  const browser = installPasskeyBrowser(t, canAutofill)
  const { forms, client } = createScripted(
    challengeWith('one'),
    challengeWith('two'),
    challengeWith('three'),
    authorized(),
    tokensOf('alice')
  )
  const offer = client.autofill()
  const first = await browser.ceremony(1)
  clock.advance(539)
  t.equal(first.signal?.aborted, false)
  clock.advance(1)
  t.equal(first.signal?.aborted, true)
  await browser.ceremony(2)
  clock.advance(86_400)
  ;(await browser.ceremony(3)).resolve(credential)
  t.match(await offer, who)
  t.equal(forms[3]?.auth_session, 'three')
  t.equal(clock.cleared.length, 3, 'no timer is left')
})

t.test('Another login aborts the offer, which comes back if that login fails', async t => {
  const browser = installPasskeyBrowser(t, canAutofill)
  const refused = Response.json({ error: 'invalid_grant' }, { status: 400 })
  const { client } = createScripted(challengeWith('one'), refused, challengeWith('two'), tokensOf('alice'))
  const offer = client.autofill()
  const first = await browser.ceremony(1)
  const login = client.signIn(alice)
  t.equal(first.signal?.aborted, true)
  await t.rejects(login, OAuthError)
  const second = await browser.ceremony(2)
  await client.signIn(alice)
  t.equal(second.signal?.aborted, true)
  t.equal(await offer, undefined)
  t.equal(browser.ceremonies.length, 2)
})

t.test('A dialog of the browser aborts the offer, which comes back after it', async t => {
  const browser = installPasskeyBrowser(t, canAutofill)
  const { client } = createScripted(challengeWith('one'), challengeWith('two'), challengeWith('three'))
  const end = new AbortController()
  const offer = client.autofill({ signal: end.signal })
  const user = { id: 'AQ', name: 'alice', displayName: 'Alice' }
  for (const [at, dialog] of [
    [1, () => getPasskey(options)],
    [3, () => createPasskey({ challenge: 'AAAA', user })]
  ] as const) {
    const waiting = await browser.ceremony(at)
    const shown = dialog()
    t.equal(waiting.signal?.aborted, true)
    const open = await browser.ceremony(at + 1)
    t.equal(open.mediation, undefined)
    open.resolve(credential)
    t.equal(await shown, response)
  }
  await browser.ceremony(5)
  end.abort()
  t.equal(await offer, undefined)
})

t.test('A login that begins while the challenge is on its way leaves nothing behind', async t => {
  const browser = installPasskeyBrowser(t, canAutofill)
  const { forms, client } = createScripted(challengeWith('one'), tokensOf('alice'))
  const offer = client.autofill()
  await until(() => forms.length === 1)
  await client.signIn(alice)
  t.equal(await offer, undefined)
  for (const { signal } of browser.ceremonies) t.equal(signal?.aborted, true)
})

t.test('Nothing is offered to a user who is logged in, or after the end of the offer', async t => {
  const browser = installPasskeyBrowser(t, canAutofill)
  const { client } = createScripted(tokensOf('alice'), Response.json({}), challengeWith('one'))
  t.equal(await client.autofill({ signal: AbortSignal.abort() }), undefined)
  await client.signIn(alice)
  t.equal(await client.autofill(), undefined)
  t.equal(browser.ceremonies.length, 0)
})

t.test('An offer ends that of another client of the page, and does not come back to abort the newer one', async t => {
  const browser = installPasskeyBrowser(t, canAutofill)
  const [one, other] = [
    createScripted(challengeWith('one'), challengeWith('two')),
    createScripted(challengeWith('three'), authorized(), tokensOf('alice'))
  ]
  const first = one.client.autofill()
  await browser.ceremony(1)
  const second = other.client.autofill()
  t.equal(await first, undefined)
  ;(await browser.ceremony(2)).resolve(credential)
  t.match(await second, who)
  t.equal(one.forms.length, 1)

  const both = [createScripted(challengeWith('one')), createScripted(challengeWith('two'))]
  const end = new AbortController()
  const offers = both.map(({ client }) => client.autofill({ signal: end.signal }))
  t.equal(await Promise.race(offers), undefined, 'also when they begin at once')
  end.abort()
  t.strictSame(await Promise.all(offers), [undefined, undefined])
  t.ok(both.every(({ forms }) => forms.length <= 1))
})

t.test('A refusal ends the offer, also when a login has aborted it since', async t => {
  installPasskeyBrowser(t, canAutofill)
  const tooMany = Response.json({ error: 'temporarily_unavailable' }, { status: 429 })
  const wrong = Response.json({ error: 'invalid_grant' }, { status: 400 })
  const { forms, client } = createScripted(tooMany, wrong)
  const offer = client.autofill()
  await until(() => forms.length === 1)
  await t.rejects(client.signIn(alice), OAuthError)
  t.equal(await offer, undefined)
  t.equal(forms.length, 2)
})
