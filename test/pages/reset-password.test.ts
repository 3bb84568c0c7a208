import t from 'tap'
import type { PasswordReason } from '../../src/errors.ts'
import { resetPasswordPage } from '../../src/pages/reset-password.ts'
import { createTexts } from '../../src/texts/texts.ts'

const frame = { ...createTexts(undefined).page('en'), site: 'Example', next: undefined }

t.test(
  'the page of a link hides the new password, and password managers may fill and paste it (ASVS 6.2.6, 6.2.7)',
  async t => {
    for (const refused of [{}, { refusal: 'common' as const }]) {
      const account = { username: 'alice', hasTokens: false, hasIdentities: false }
      const page = resetPasswordPage(frame, account, { token: 'x', minLength: 15, ...refused })
      const field = /<input [^>]*name="new_password"[^>]*>/.exec(page)?.[0] ?? ''
      t.match(field, /type="password" autocomplete="new-password"/)
      t.match(page, /name="username" value="alice" autocomplete="username"/, 'the manager knows the account')
      t.notMatch(page, /<script|\son\w+=|maxlength/, 'nothing prevents pasting')
    }
  }
)

for (const [owned, chosen, name, text] of [
  ['hasTokens', 'deletesTokens', 'delete_tokens', 'Also delete all personal access tokens'],
  ['hasIdentities', 'unlinksIdentities', 'unlink_identities', 'Also unlink all accounts elsewhere']
] as const)
  t.test(`the page has the box ${name} only for an account that has some`, async t => {
    const pageFor = (has: boolean, isChecked?: boolean) =>
      resetPasswordPage(
        frame,
        { username: 'alice', hasTokens: false, hasIdentities: false, [owned]: has },
        { token: 'x', minLength: 15, ...(isChecked && { [chosen]: true }) }
      )
    t.notMatch(pageFor(false), 'checkbox')
    t.match(pageFor(true), `<input name="${name}" type="checkbox" value="true"> <span>${text}`)
    t.match(pageFor(true, true), 'value="true" checked>', 'the choice outlives a refused password')
  })

t.test('the page says in words of its own why a password is refused', async t => {
  const account = { username: 'alice', hasTokens: false, hasIdentities: false }
  const reasons: PasswordReason[] = ['length', 'characters', 'common', 'context', 'breached']
  const said = reasons.map(refusal => {
    const page = resetPasswordPage(frame, account, { token: 'x', minLength: 15, refusal })
    return /role="alert">(This password .+\.)<\/p>/.exec(page)?.[1]
  })
  t.equal(new Set(said).size, reasons.length)
  t.notOk(said.includes(undefined))
})
