import t from 'tap'
import { resetPasswordPage } from '../../src/pages/reset-password.ts'

t.test(
  'the page of a link hides the new password, and password managers may fill and paste it (ASVS 6.2.6, 6.2.7)',
  async t => {
    for (const refused of [{}, { refusal: 'is too common' }]) {
      const account = { username: 'alice', hasTokens: false }
      const page = resetPasswordPage(account, { token: 'x', minLength: 15, ...refused })
      const field = /<input [^>]*name="new_password"[^>]*>/.exec(page)?.[0] ?? ''
      t.match(field, /type="password" autocomplete="new-password"/)
      t.match(page, /name="username" value="alice" autocomplete="username"/, 'the manager knows the account')
      t.notMatch(page, /<script|\son\w+=|maxlength/, 'nothing prevents pasting')
    }
  }
)

t.test('the page offers to delete personal access tokens only to an account that has some', async t => {
  const pageFor = (hasTokens: boolean, deletesTokens?: boolean) =>
    resetPasswordPage(
      { username: 'alice', hasTokens },
      { token: 'x', minLength: 15, ...(deletesTokens && { deletesTokens }) }
    )
  t.notMatch(pageFor(false), 'checkbox')
  t.match(
    pageFor(true),
    '<input name="delete_tokens" type="checkbox" value="true"> Also delete all personal access tokens'
  )
  t.match(pageFor(true, true), 'value="true" checked>', 'the choice outlives a refused password')
})
