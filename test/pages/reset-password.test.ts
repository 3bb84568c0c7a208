import t from 'tap'
import { resetPasswordPage } from '../../src/pages/reset-password.ts'

t.test(
  'the page of a link hides the new password, and password managers may fill and paste it (ASVS 6.2.6, 6.2.7)',
  async t => {
    for (const refused of [{}, { refusal: 'is too common' }]) {
      const account = { username: 'alice', hasTokens: false, hasIdentities: false }
      const page = resetPasswordPage(account, { token: 'x', minLength: 15, ...refused })
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
        { username: 'alice', hasTokens: false, hasIdentities: false, [owned]: has },
        { token: 'x', minLength: 15, ...(isChecked && { [chosen]: true }) }
      )
    t.notMatch(pageFor(false), 'checkbox')
    t.match(pageFor(true), `<input name="${name}" type="checkbox" value="true"> ${text}`)
    t.match(pageFor(true, true), 'value="true" checked>', 'the choice outlives a refused password')
  })
