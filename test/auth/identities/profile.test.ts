import t from 'tap'
import { profileOf } from '../../../src/auth/identities/profile.ts'

const google = 'https://accounts.google.com'
const apple = 'https://appleid.apple.com'

const isProved = (issuer: string, claims: object) => profileOf(issuer, { ...claims }).isEmailTrusted

t.test('Google is believed about addresses of Gmail, and of the hosted domain of the account', async t => {
  const gmail = { email: 'alice@gmail.com', email_verified: true }
  const hosted = { email: 'alice@example.com', email_verified: true, hd: 'example.com' }
  for (const claims of [
    gmail,
    { ...gmail, email: 'Alice@GMAIL.com' },
    { ...gmail, email: 'alice@ｇmail.com' },
    hosted,
    { ...hosted, hd: 'Example.com' },
    { ...hosted, email: 'alice@xn--exmple-cua.com', hd: 'exämple.com' }
  ])
    t.ok(isProved(google, claims), JSON.stringify(claims))
  const emails = ['gmail.com.', 'gmail.com.example.com', 'mail.gmail.com', 'notgmail.com', 'example.com@gmail.com']
  const more = ['gmail.com@example.com', 'example.com\u0000@gmail.com']
  for (const claims of [
    ...[undefined, false, 'true', 'false', 1].map(email_verified => ({ ...gmail, email_verified })),
    ...[...emails, ...more].map(domain => ({ ...gmail, email: `alice@${domain}` })),
    ...['alice＠gmail.com', ['alice@gmail.com']].map(email => ({ ...gmail, email })),
    ...[undefined, true, ['example.com'], '', 'example.org', 'com'].map(hd => ({ ...hosted, hd })),
    ...['alice@sub.example.com', 'example.com'].map(email => ({ ...hosted, email }))
  ])
    t.notOk(isProved(google, claims), JSON.stringify(claims))
})

t.test('Apple is believed about every address that it calls verified, as a boolean or a string', async t => {
  for (const email_verified of [true, 'true'])
    t.ok(isProved(apple, { email: 'x@privaterelay.appleid.com', email_verified }))
  for (const email_verified of [undefined, false, 'false', 'TRUE', 1, ['true']])
    t.notOk(isProved(apple, { email: 'alice@example.com', email_verified }), String(email_verified))
})

t.test('No other issuer is believed', async t => {
  const claims = { email: 'alice@gmail.com', email_verified: true, hd: 'gmail.com' }
  for (const issuer of ['https://login.example.com', `${google}/`, `${google}.example.com`, 'accounts.google.com'])
    t.strictSame(profileOf(issuer, claims), {
      email: 'alice@gmail.com',
      isEmailVerified: true,
      isEmailTrusted: false,
      name: null
    })
})

t.test('An address or a name that no account here may have is left out', async t => {
  const profile = (claims: object) => profileOf(google, { email_verified: true, hd: 'example.com', ...claims })
  t.strictSame(profile({ email: 'Alice@Example.com', name: 'Alice Ñ' }), {
    email: 'alice@example.com',
    isEmailVerified: true,
    isEmailTrusted: true,
    name: 'Alice Ñ'
  })
  const none = { email: null, isEmailVerified: false, isEmailTrusted: false, name: null }
  t.strictSame(profile({}), none)
  const texts = ['', 'alice', 'a\0@example.com', 'a\n@example.com', `${'a'.repeat(10_240)}@example.com`]
  for (const email of [null, 1, {}, ...texts])
    t.strictSame(profile({ email }), none, JSON.stringify(email).slice(0, 40))
  for (const name of [null, 1, {}, '', 'a\0', 'a\n', 'a\u200b', '\ud800', 'x'.repeat(257)])
    t.strictSame(profile({ name }), none, JSON.stringify(name).slice(0, 40))
})
