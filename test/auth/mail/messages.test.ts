import t from 'tap'
import { createComposer } from '../../../src/auth/mail/messages.ts'
import { createTexts } from '../../../src/texts/texts.ts'

const issuer = 'https://login.example.com/auth'
const compose = createComposer({ texts: createTexts(undefined), issuer })
const createdAt = new Date('2026-01-31T12:34:56Z')
const row = { address: 'alice@example.com', createdAt, locale: null }
const link = `${issuer}/reset-password?token=${'x'.repeat(43)}`

t.test('A message goes to the address of its row, is dated at the event, and names the host of the issuer', async t => {
  const { text, ...rest } = compose('reset_password', row, { link })
  const subject = 'Reset your password for login.example.com'
  t.strictSame(rest, { to: row.address, date: createdAt, subject, link, code: undefined })
  t.equal(text.split('\n').filter(line => line === link).length, 1)
  t.notMatch(text, 'alice')
})

t.test('A message is in the language of its row', async t => {
  const { subject, text, code } = compose('email_code', { ...row, locale: 'de-CH' }, { code: '012345' })
  t.strictSame([subject, code], ['Ihr Code für login.example.com', '012345'])
  t.match(text, '\n012345\n')
})
