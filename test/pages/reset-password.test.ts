import t from 'tap'
import { resetPasswordPage } from '../../src/pages/reset-password.ts'

t.test(
  'the page of a link hides the new password, and password managers may fill and paste it (ASVS 6.2.6, 6.2.7)',
  async t => {
    for (const refusal of [undefined, 'is too common']) {
      const page = resetPasswordPage({ username: 'alice' }, { token: 'x', minLength: 15, refusal })
      const field = /<input [^>]*name="new_password"[^>]*>/.exec(page)?.[0] ?? ''
      t.match(field, /type="password" autocomplete="new-password"/)
      t.match(page, /name="username" value="alice" autocomplete="username"/, 'the manager knows the account')
      t.notMatch(page, /<script|\son\w+=|maxlength/, 'nothing prevents pasting')
    }
  }
)
