import t from 'tap'
import { getPasskey, signalPasskeys } from '../src/index.ts'
import { credential, installPasskeyBrowser, response } from './support/passkey-browser.ts'
import { challengeWith, createScripted } from './support/scripted-server.ts'

const all = { signalAllAcceptedCredentials: true, signalCurrentUserDetails: true, signalUnknownCredential: true }
const who = { rpId: 'example.com', userId: 'AQ' }
const [known, details] = [{ allAcceptedCredentialIds: ['AQ'] }, { name: 'alice', displayName: 'Alice' }]
const unknown = { rpId: 'example.com', credentialId: response.id }
const signals = { ...who, ...known, ...details }

t.test(
  'The browser learns which passkeys there are, and how the user is called (WebAuthn Level 3 §5.1.10)',
  async t => {
    const browser = installPasskeyBrowser(t, all)
    await signalPasskeys(signals)
    t.strictSame(browser.signals, [
      ['signalAllAcceptedCredentials', { ...who, ...known }],
      ['signalCurrentUserDetails', { ...who, ...details }]
    ])
  }
)

t.test('A browser gets only the signals that it says it takes (WebAuthn Level 3 §5.1.7)', async t => {
  const browser = installPasskeyBrowser(t, { ...all, signalAllAcceptedCredentials: false })
  await signalPasskeys(signals)
  t.match(browser.signals, [['signalCurrentUserDetails']])
})

t.test('A signal never rejects', async t => {
  await t.test('In a program that is no browser', () => signalPasskeys(signals))
  await t.test('When the browser refuses it', async t => {
    const refuse = async () => {
      throw new DOMException('', 'SecurityError')
    }
    installPasskeyBrowser(t, all, { signalAllAcceptedCredentials: refuse, signalCurrentUserDetails: undefined })
    await signalPasskeys(signals)
  })
})

t.test('The browser forgets a passkey only when the server says that it is unknown', async t => {
  const attempts: [name: string, answer: () => Response, isForgotten: boolean][] = [
    ['unknown', () => challengeWith('two', 403, { passkey_unknown: true }), true],
    ['refused for another reason', () => challengeWith('two'), false],
    ['"unknown" in another form', () => challengeWith('two', 403, { passkey_unknown: 'true' as never }), false]
  ]
  for (const [name, answer, isForgotten] of attempts)
    await t.test(name, async t => {
      const browser = installPasskeyBrowser(t, all)
      const { client } = createScripted(challengeWith('one'), answer())
      const login = client.signIn({ passkey: getPasskey })
      ;(await browser.ceremony(1)).resolve(credential)
      await t.rejects(login, { name: 'OAuthError', passkeyUnknown: isForgotten })
      t.strictSame(browser.signals, isForgotten ? [['signalUnknownCredential', unknown]] : [])
    })
})

t.test('The browser forgets an unknown passkey that was a second factor too, and keeps all others', async t => {
  const browser = installPasskeyBrowser(t, all)
  const isUnknown = { passkey_unknown: true }
  const { client } = createScripted(
    challengeWith('one', 403),
    challengeWith('two', 403, isUnknown),
    challengeWith('three', 403, isUnknown)
  )
  const given = [{ passkey: response }, { otp: '000000' }]
  await t.rejects(client.signIn({ username: 'alice', password: 'p', secondFactor: () => given.shift() }), {
    name: 'OAuthError',
    passkeyUnknown: true
  })
  t.strictSame(browser.signals, [['signalUnknownCredential', unknown]])
})
