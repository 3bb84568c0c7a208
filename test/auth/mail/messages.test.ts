import t from 'tap'
import { compose } from '../../../src/auth/mail/messages.ts'
import { lifeOf } from '../../../src/auth/mail/one-time-tokens.ts'

const issuer = 'https://login.example.com/auth'
const row = { address: 'alice@example.com', createdAt: new Date('2026-01-31T12:34:56Z') }
const link = `${issuer}/reset-password?token=${'x'.repeat(43)}`

t.test('every message names the service and says what to do if it was not you', async t => {
  for (const [kind, own] of [
    ['verify_email', { link }],
    ['account_exists', { username: 'bob' }],
    ['reset_password', { link }],
    ['invitation', { link }],
    ['password_changed', {}],
    ['email_changed', { link }],
    ['email_changed', {}],
    ['new_login', {}],
    ['factor_added', { link }],
    ['factor_added', {}],
    ['passkey_created', { link }],
    ['passkey_created', {}],
    ['factor_removed', {}],
    ['recovery_code_used', {}],
    ['recovery_codes_replaced', {}],
    ['passkey_refused', {}],
    ['email_code', { code: '012345' }],
    ['token_added', { link }],
    ['token_added', {}],
    ['token_removed', {}],
    ['token_used', {}],
    ['identity_added', { link }],
    ['identity_added', {}],
    ['identity_removed', {}]
  ] as const) {
    const { to, subject, text } = compose(kind, row, issuer, own)
    t.equal(to, row.address, kind)
    t.match(subject, / login\.example\.com/, kind)
    t.match(text, 'login.example.com', kind)
    t.match(text, /If (you did not (request this|expect this|create this account)|this was not you), /, kind)
    t.notMatch(text, /undefined|alice/, kind)
    t.match(`${subject}${text}`, /^[\x20-\x7e\n]*$/, `${kind} needs no encoding`)
    for (const line of text.split('\n')) t.ok(line === link || line.length <= 76, `${kind}: ${line}`)
  }
})

t.test('a link is on its own line, with its lifetime', async t => {
  for (const [kind, life] of [
    ['verify_email', 'expires in 24 hours'],
    ['reset_password', 'expires in one hour'],
    ['invitation', 'expires in 7 days'],
    ['email_changed', 'expires in 72 hours'],
    ['factor_added', /works once and\s+expires in 72 hours/],
    ['passkey_created', /works once and\s+expires in 72 hours/],
    ['token_added', /works once and\s+expires in 72 hours/],
    ['identity_added', /works once and\s+expires in 72 hours/]
  ] as const) {
    const { text, ...rest } = compose(kind, row, issuer, { link })
    t.equal(text.split('\n').filter(line => line === link).length, 1)
    t.match(text, life)
    t.equal(rest.link, link)
  }
  t.strictSame(lifeOf, {
    verify_email: 86_400,
    reset_password: 3600,
    invitation: 604_800,
    undo_email_change: 259_200,
    undo_factor: 259_200
  })
})

t.test('a notice has no link unless it can undo something, so that readers do not learn to follow one', async t => {
  for (const kind of ['password_changed', 'email_changed', 'new_login', 'account_exists'] as const) {
    const message = compose(kind, row, issuer, { username: 'bob' })
    t.equal(message.link, undefined)
    t.notMatch(message.text, 'http')
  }
})

t.test('a code is on its own line in the text, and not in the subject, which lock screens show', async t => {
  const { subject, text, link, code } = compose('email_code', row, issuer, { code: '012345' })
  t.match(text, '\n012345\n')
  t.notMatch(subject, '012345')
  t.strictSame([link, code], [undefined, '012345'])
  t.match(text, 'ten minutes')
})

t.test('the notice of a login says when, in UTC', async t => {
  t.match(compose('new_login', row, issuer).text, 'at 2026-01-31 12:34 UTC.')
})

t.test('the message to the owner of a taken address names the account on a line of its own', async t => {
  t.match(compose('account_exists', row, issuer, { username: 'bob' }).text, '\nbob\n')
})
