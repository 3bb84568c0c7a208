import t from 'tap'
import type { MailKind } from '../../../src/auth/mail/mail.ts'
import { compose } from '../../../src/auth/mail/messages.ts'
import { lifeOf } from '../../../src/auth/mail/one-time-tokens.ts'

const issuer = 'https://login.example.com/auth'
const address = 'alice@example.com'
const link = `${issuer}/reset-password?token=${'x'.repeat(43)}`
const kinds: MailKind[] = ['verify_email', 'reset_password', 'password_changed', 'email_changed']

t.test('every message names the service and says what to do if it was not you', async t => {
  for (const kind of kinds) {
    const { to, subject, text } = compose({ kind, address }, issuer, link)
    t.equal(to, address, kind)
    t.match(subject, / login\.example\.com/, kind)
    t.match(text, 'login.example.com', kind)
    t.match(text, /If (you did not request this|you do not have an account at \S+|this was not you), /, kind)
    t.notMatch(text, /undefined|alice/, kind)
    t.match(`${subject}${text}`, /^[\x20-\x7e\n]*$/, `${kind} needs no encoding`)
    for (const line of text.split('\n')) t.ok(line === link || line.length <= 76, `${kind}: ${line}`)
  }
})

t.test('a link is on its own line, with its lifetime', async t => {
  for (const [kind, life] of [
    ['verify_email', 'expires in 24 hours'],
    ['reset_password', 'expires in one hour']
  ] as const) {
    const { text, ...rest } = compose({ kind, address }, issuer, link)
    t.equal(text.split('\n').filter(line => line === link).length, 1)
    t.match(text, life)
    t.equal(rest.link, link)
  }
  t.strictSame(lifeOf, { verify_email: 86_400, reset_password: 3600 })
})

t.test('a notice has no link, so that readers do not learn to follow one', async t => {
  for (const kind of ['password_changed', 'email_changed'] as const) {
    const message = compose({ kind, address }, issuer, undefined)
    t.equal(message.link, undefined)
    t.notMatch(message.text, 'http')
  }
})
