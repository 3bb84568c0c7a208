import { password } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, type ConsoleWorld, openConsole, status } from '../support/console.ts'

/** Invites carol, as alice. */
async function invite({ app }: ConsoleWorld) {
  const { id: actor } = await app.userAdmin.byIdOrName('alice')
  return await app.users.register({ username: 'carol', email: 'carol@example.com' }, { actor })
}

browserTest('A person is invited, found, invited again, and the invitation is revoked', async t => {
  const settings = { smtpUrl: 'smtp://127.0.0.1:9' }
  const { app, tab, open, url } = await openConsole(t, { settings })
  await open('/accounts')
  await tab.getByRole('link', { name: 'Invite a person' }).click()
  await tab.getByText('a link to choose a password. It works once, for 7 days').waitFor()
  await tab.getByLabel('Username').fill('bob')
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.getByRole('button', { name: 'Send the invitation' }).click()
  await tab.getByText('is taken').waitFor()
  await tab.locator('input[name=username]:focus').waitFor()
  await assertAccessible(t, tab, 'the form with a fault')
  await tab.getByLabel('Username').fill('Carol')
  await tab.getByRole('button', { name: 'Send the invitation' }).click()
  await status(tab, 'Created the account carol. An invitation is on its way to carol@example.com.')
  const carol = await app.userAdmin.byIdOrName('carol')
  t.ok(carol.invitedAt)
  t.equal(tab.url(), `${url}/console/accounts/${carol.id}`)

  await tab.getByRole('heading', { name: 'Invitation' }).waitFor()
  await tab.getByText('To revoke the invitation, delete the account').waitFor()
  await assertAccessible(t, tab, 'an invited account')
  await tab.getByRole('button', { name: 'Send another message' }).click()
  await status(tab, 'Another invitation is on its way to carol@example.com.')
  await tab.getByRole('cell', { name: 'Invitation sent again' }).waitFor()

  await tab.getByRole('link', { name: 'All accounts' }).click()
  await tab.getByText('3 entries').waitFor()
  await tab.getByLabel('State').selectOption('Invited')
  await tab.getByText('1 entry').waitFor()
  t.equal(tab.url(), `${url}/console/accounts?state=invited`)
  t.strictSame(await tab.locator('tbody .badge').allTextContents(), ['Not verified', 'Invited'])

  await tab.getByRole('link', { name: 'carol' }).click()
  await tab.getByRole('button', { name: 'Delete: carol' }).click()
  await tab.getByLabel('To confirm, type the username carol').fill('carol')
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await status(tab, 'Deleted the account carol.')
  t.equal(await app.db.users.byId(carol.id), undefined)
})

browserTest('Without a mail server, a dialog shows the link once', async t => {
  const { app, tab, open } = await openConsole(t)
  await open('/accounts/invite')
  await tab.getByText('Without a mail server, you get the link').waitFor()
  await tab.getByLabel('Username').fill('carol')
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.getByRole('button', { name: 'Send the invitation' }).click()
  async function take(done: string) {
    const dialog = tab.getByRole('dialog', { name: 'Invitation link for carol' })
    await dialog.getByRole('button', { name: 'Copy' }).waitFor()
    await assertAccessible(t, tab, 'the link')
    const link = String(await dialog.locator('code').textContent())
    await dialog.getByRole('button', { name: 'I have saved it' }).click()
    await status(tab, done)
    await becomes(t, () => tab.getByText(link).count(), 0)
    return String(new URL(link).searchParams.get('token'))
  }
  const first = await take('Created the account carol.')
  await tab.getByRole('button', { name: 'Send another message' }).click()
  const second = await take('carol has another link.')
  t.not(first, second)
  for (const token of [first, second]) t.equal((await app.passwordReset.accountOf(token)).user.username, 'carol')
})

browserTest('An invitation that is not sent again says why', async t => {
  const world = await openConsole(t)
  const { app, tab, open } = world
  const { id } = await invite(world)
  await open(`/accounts/${id}`)
  const again = () => tab.getByRole('button', { name: 'Send another message' }).click()
  for (let count = 0; count < 9; count++)
    await app.invitations.resend(await app.userAdmin.byId(id), { actor: id, scopes: [] })
  await again()
  await alert(tab, /Too many attempts. Try again in [\d,]+ seconds./)

  await tab.getByText('The account has no personal access token.').waitFor()
  await tab.getByRole('button', { name: 'Disable: carol' }).click()
  await status(tab, 'Disabled carol')
  t.strictSame(await tab.locator('dd .badge').allTextContents(), ['Disabled', 'Invited', 'Not verified'])
  await again()
  await alert(tab, 'This account is disabled. Enable it before you invite its owner again.')
  await tab.getByRole('button', { name: 'Enable: carol' }).click()
  await status(tab, 'Enabled carol')

  await app.accountPasswords.set(await app.userAdmin.byId(id), password, {})
  await again()
  await alert(tab, 'This account has not been invited, or its password has been chosen.')
  await tab.getByText('Enabled', { exact: true }).waitFor()
  await becomes(
    t,
    () => tab.getByRole('heading', { name: 'Invitation' }).count(),
    0,
    'and the page shows what is true now'
  )
})
