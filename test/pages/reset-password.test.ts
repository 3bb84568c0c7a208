import t from 'tap'
import type { PasswordReason } from '../../src/base/errors.ts'
import { passwordSetPage, resetPasswordPage } from '../../src/pages/reset-password.ts'
import type { PageName } from '../../src/texts/page-name.ts'
import { fill } from '../../src/texts/placeholders.ts'
import { createTexts } from '../../src/texts/texts.ts'

const values = { host: 'auth.example.com', length: '15' }
/** The frame of a page, with the texts of a folder, if one is given. */
function frameOf(folder?: string, lang = 'en') {
  const texts = createTexts(folder).page(lang)
  return { lang, text: (name: PageName) => fill(texts.text(name), values), site: 'Example', next: undefined }
}
const frame = frameOf()
const account = { username: 'alice', invitation: undefined, hasTokens: false, hasIdentities: false }

t.test('The page hides the new password, and password managers may fill and paste it (ASVS 6.2.6, 6.2.7)', async t => {
  for (const refused of [{}, { refusal: 'common' as const }]) {
    const page = resetPasswordPage(frame, account, { token: 'x', minLength: 15, ...refused })
    const field = /<input [^>]*name="new_password"[^>]*>/.exec(page)?.[0] ?? ''
    t.match(field, /type="password" autocomplete="new-password"/)
    t.match(field, ' autofocus ')
    t.match(page, /name="username" value="alice" autocomplete="username"/, 'the manager knows the account')
    t.match(/<input [^>]*name="username"[^>]*>/.exec(page)?.[0], ' readonly tabindex="-1">', 'Tab leaves it out')
    t.notMatch(page, /<script|\son\w+=|maxlength/, 'nothing prevents pasting')
  }
})

for (const [owned, chosen, name, text] of [
  ['hasTokens', 'deletesTokens', 'delete_tokens', 'Also delete all personal access tokens'],
  ['hasIdentities', 'unlinksIdentities', 'unlink_identities', 'Also unlink all accounts elsewhere']
] as const)
  t.test(`The page has the box ${name} only for an account that has some`, async t => {
    const pageFor = (has: boolean, isChecked?: boolean) =>
      resetPasswordPage(
        frame,
        { ...account, [owned]: has },
        { token: 'x', minLength: 15, ...(isChecked && { [chosen]: true }) }
      )
    t.notMatch(pageFor(false), 'checkbox')
    t.match(pageFor(true), `<input name="${name}" type="checkbox" value="true"> <span>${text}`)
    t.match(pageFor(true, true), 'value="true" checked>', 'the choice outlives a refused password')
  })

t.test('The page says in words of its own why a password is refused', async t => {
  const reasons: (PasswordReason | 'bytes')[] = ['length', 'bytes', 'characters', 'common', 'context', 'breached']
  const said = reasons.map(refusal => {
    const page = resetPasswordPage(frame, account, { token: 'x', minLength: 15, refusal })
    return /role="alert">(This password .+\.)<\/p>/.exec(page)?.[1]
  })
  t.equal(new Set(said).size, reasons.length)
  t.notOk(said.includes(undefined))
  t.strictSame(said.slice(0, 2), [
    'This password has fewer than 15 characters.',
    'This password is longer than 1,024 bytes.'
  ])
})

t.test('The page has the rules of the setup page, also with the texts of a site that lack the number', async t => {
  const rulesOn = (page: string) => Array.from(page.matchAll(/<li>(.*?)<\/li>/g), ([, rule]) => rule)
  const form = { token: 'x', minLength: 15 }
  t.strictSame(rulesOn(resetPasswordPage(frame, account, form)), [
    'has at least 15 characters',
    'does not contain your username, your e-mail address or the name of this service',
    'is not a common password'
  ])
  const folder = t.testdir({ fr: { 'pages.txt': 'reset-length: Longueur minimale\nrefused-length: Trop court.\n' } })
  const french = resetPasswordPage(frameOf(folder, 'fr'), account, { ...form, refusal: 'length' })
  t.equal(rulesOn(french)[0], 'Longueur minimale: 15')
  t.match(french, 'role="alert">Trop court.</p>')
})

t.test('An invited account, which never had a password, chooses its first one and was signed in nowhere', async t => {
  const form = { token: 'x', minLength: 15 }
  const [mailed, handed, other] = (['mailed', 'handed', undefined] as const).map(invitation => [
    resetPasswordPage(frame, { ...account, invitation }, form),
    passwordSetPage(frame, invitation)
  ])
  for (const invited of [mailed, handed]) {
    t.match(invited?.[0], '<h1>Choose your password</h1>')
    t.match(invited?.[0], 'You are invited to auth.example.com.')
    t.match(invited?.[1], '<h1>Your password is set</h1>')
    t.notMatch(invited?.join(), /New password|signs you out|signed out/)
    t.equal(/confirms your e-mail address[\s\S]*or your e-mail address/.test(String(invited)), invited === mailed)
  }
  t.match(other?.[0], '<h1>Choose a new password</h1>')
  t.match(other?.[1], 'You have been signed out everywhere.')
})
