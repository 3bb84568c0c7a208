import t from 'tap'
import { password } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, type ConsoleWorld, openConsole, status, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** Invites carol, as alice. */
async function invite({ app }: ConsoleWorld) {
  const { id: actor } = await app.userAdmin.byIdOrName('alice')
  return await app.users.register({ username: 'carol', email: 'carol@example.com' }, { actor })
}

t.test('a person is invited, found, invited again, and the invitation is revoked', { skip }, async t => {
  const settings = { smtpUrl: 'smtp://127.0.0.1:9' }
  const { app, tab, open, url } = await openConsole(t, browser(), { settings })
  await open('/accounts')
  await tab.getByRole('link', { name: 'Invite a person' }).click()
  await tab.getByText('a link to choose a password. It works once, for 7 days').waitFor()
  await tab.getByLabel('Username').fill('bob')
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.getByRole('button', { name: 'Send the invitation' }).click()
  await tab.getByText('is taken').waitFor()
  await tab.locator('input[name=username]:focus').waitFor()
  await tab.getByLabel('Username').fill('Carol')
  await tab.getByRole('button', { name: 'Send the invitation' }).click()
  await status(tab, 'Created the account carol. An invitation is on its way to carol@example.com.')
  const carol = await app.userAdmin.byIdOrName('carol')
  t.ok(carol.invitedAt)
  t.equal(tab.url(), `${url}/console/accounts/${carol.id}`)

  await tab.getByRole('heading', { name: 'Invitation' }).waitFor()
  await tab.getByText('To revoke the invitation, delete the account').waitFor()
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

t.test('without a mail server, a dialog shows the link once', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await open('/accounts/invite')
  await tab.getByText('Without a mail server, you get the link').waitFor()
  await tab.getByLabel('Username').fill('carol')
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.getByRole('button', { name: 'Send the invitation' }).click()
  async function take(done: string) {
    const dialog = tab.getByRole('dialog', { name: 'Invitation link for carol' })
    await dialog.getByRole('button', { name: 'Copy' }).waitFor()
    t.strictSame(await violations(tab), [])
    const link = String(await dialog.locator('code').textContent())
    await dialog.getByRole('button', { name: 'I have saved it' }).click()
    await status(tab, done)
    t.equal(await tab.getByText(link).count(), 0)
    return String(new URL(link).searchParams.get('token'))
  }
  const first = await take('Created the account carol.')
  await tab.getByRole('button', { name: 'Send another message' }).click()
  const second = await take('carol has another link.')
  t.not(first, second)
  for (const token of [first, second]) t.equal((await app.passwordReset.accountOf(token)).user.username, 'carol')
})

t.test('why there is no other message is told in words', { skip }, async t => {
  const world = await openConsole(t, browser())
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
  t.equal(await tab.getByRole('heading', { name: 'Invitation' }).count(), 0, 'and the page shows what is true now')
})

t.test('an address that gets too many messages is refused, and nothing typed is lost', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  await open('/accounts/invite')
  await tab.getByLabel('Username').fill('carol')
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.route('**/users', route => route.fulfill({ status: 429, headers: { 'retry-after': '30' } }))
  await tab.getByRole('button', { name: 'Send the invitation' }).click()
  await alert(tab, 'Too many attempts. Try again in 30 seconds.')
  await becomes(t, () => tab.getByLabel('E-mail address').inputValue(), 'carol@example.com')
})

t.test('a login without users:write invites no one', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { app, tab, open } = world
  const { id } = await invite(world)
  await app.users.register({ username: 'dave', password, scopes: ['me', 'users:read'] }, {})
  await open(`/accounts/${id}`, 'dave')
  await tab.getByRole('heading', { name: 'Invitation' }).waitFor()
  t.equal(await tab.getByRole('button', { name: 'Send another message' }).count(), 0)
  await open('/accounts/invite', 'dave')
  await tab.getByText('Your account may not do this. To create accounts, it needs the scope users:write.').waitFor()
  t.equal(await tab.getByRole('main').locator('input').count(), 0)
})

for (const colorScheme of themes)
  t.test(`the pages about invitations break no rule of accessibility: ${colorScheme}`, { skip }, async t => {
    const viewport = { width: 390, height: 844 }
    const world = await openConsole(t, browser(), { context: { colorScheme, viewport } })
    const { tab, open } = world
    const { id } = await invite(world)
    await open('/accounts/invite')
    t.strictSame(await violations(tab), [])
    await open(`/accounts/${id}`)
    await tab.getByRole('heading', { name: 'Invitation' }).waitFor()
    t.strictSame(await violations(tab), [])
  })
