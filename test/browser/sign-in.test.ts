import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { createVerifiedUser, password } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, logInOn, openConsole, status } from '../support/console.ts'
import { enrol } from '../support/second-factor.ts'

browserTest('A sign-in asks for the second factor, a code or a recovery code, and can be given up', async t => {
  const world = await openConsole(t)
  const { tab, url } = world
  const { code, recoveryCodes } = await enrol(world)
  const dialog = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  await tab.goto(`${url}/console/`)
  await logInOn(tab, 'alice')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await alert(tab, 'Cancelled. Nothing was changed.')
  await becomes(t, () => tab.getByLabel('Password', { exact: true }).inputValue(), password)
  await logInOn(tab, 'alice')
  await dialog.getByLabel('Code from your authenticator app').fill('000000')
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await dialog.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
  await assertAccessible(t, tab, 'second factor')
  await dialog.getByLabel('Code from your authenticator app').fill(code())
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  t.equal(new URL(tab.url()).pathname, '/console/overview')
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await status(tab, 'You have signed out.')

  await logInOn(tab, 'alice')
  await dialog.getByRole('button', { name: 'Use a recovery code instead' }).click()
  await dialog.getByLabel('Recovery code').fill(String(recoveryCodes[0]))
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await tab.getByRole('button', { name: 'Sign out' }).waitFor()
})

browserTest('A person with a forgotten password gets a link', async t => {
  const { app, tab, url } = await openConsole(t)
  const { id } = await createVerifiedUser(app, 'carol')
  await tab.goto(`${url}/console/`)
  await tab.getByRole('link', { name: 'Forgotten your password?' }).click()
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.getByRole('button', { name: 'Send the link' }).click()
  await status(tab, 'If an account has this verified e-mail address, a link is on its way.')
  await tab.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
  const { items } = await app.audit.activity(id, { limit: 1 })
  t.equal(items[0]?.action, 'user.password_reset_requested')
})

browserTest('A login ends in the server at the sign-out', async t => {
  const { app, tab, open, context } = await openConsole(t)
  const bob = await app.userAdmin.byIdOrName('bob')
  await open('/account', 'bob')
  t.equal((await app.sessions.ofUser(bob.id)).length, 1)
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await status(tab, 'You have signed out.')
  t.equal((await app.sessions.ofUser(bob.id)).length, 0)

  await open('/account', 'bob')
  await context.setOffline(true)
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await status(tab, 'You are signed out here. The server could not be reached')
  await context.setOffline(false)
  await open('/account', 'bob')
})

browserTest('A shared address survives a forgotten password, a wrong one and the sign-in', async t => {
  const { tab, url } = await openConsole(t)
  const address = `${url}/console/audit?range=week&action=login.succeeded`
  await tab.goto(address)
  await tab.getByRole('link', { name: 'Forgotten your password?' }).click()
  t.equal(tab.url(), `${url}/console/forgotten`)
  await tab.reload()
  await tab.getByRole('button', { name: 'Back to sign in' }).click()
  t.equal(tab.url(), address)
  await logInOn(tab, 'alice', 'a wrong password')
  await alert(tab, 'The username or the password is wrong.')
  await becomes(t, () => tab.getByLabel('Username or e-mail address').inputValue(), 'alice', 'nothing typed is lost')
  await logInOn(tab, 'alice')
  await tab.getByText('1 entry').waitFor()
  t.equal(tab.url(), address)

  await tab.goto(`${url}/console/forgotten`)
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
})

/** A server without an administrator, and a link that makes one. */
async function openWithLink(...given: Parameters<typeof openConsole>) {
  const world = await openConsole(...given)
  const { app } = world
  const { id } = await app.userAdmin.byIdOrName('alice')
  const event = app.auditEvents.event('user.scopes_changed')
  await app.db.users.update(id, { scopes: ['me'], updatedAt: app.clock.now() }, event)
  return { ...world, link: await app.setupLinks.create() }
}

browserTest('The setup link creates the first administrator, and signs them in', async t => {
  const { app, tab, link } = await openWithLink(t)
  await tab.goto(link)
  await tab.getByRole('heading', { name: 'Create the first administrator' }).waitFor()
  t.notMatch(tab.url(), 'setup', 'the token is not in the history')
  await tab.getByLabel('Username').fill('root')
  await tab.getByLabel('Password', { exact: true }).fill('short')
  await tab.getByText('has at least 15 characters').waitFor()
  await tab.getByRole('button', { name: 'Create and sign in' }).click()
  await tab.locator('.fault', { hasText: 'is shorter than 15 characters' }).waitFor()
  await tab.getByLabel('Password', { exact: true }).fill(password)
  await tab.getByText('has at least 15 characters (met)').waitFor()
  await tab.getByRole('button', { name: 'Create and sign in' }).click()
  await status(tab, 'Welcome, root.')
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  t.strictSame((await app.userAdmin.byIdOrName('root')).scopes, adminScopes)
  await tab.reload()
  await tab.getByText('Signed in as root').waitFor()
})

browserTest('A setup link that does not work says so when the form is sent, and leads to the sign-in', async t => {
  const { app, tab, link } = await openWithLink(t)
  await tab.goto(link)
  await tab.getByLabel('Username').fill('root')
  await tab.getByLabel('Password', { exact: true }).fill(password)
  await app.setupLinks.create()
  await tab.getByRole('button', { name: 'Create and sign in' }).click()
  await tab.locator('h1:focus', { hasText: 'This link does not work' }).waitFor()
  await alert(tab, /^This link has expired or was already used\./)
  t.strictSame(await tab.locator('main :is(button, input)').allTextContents(), ['Sign in'])
  await assertAccessible(t, tab, 'a link that does not work')
  await tab.getByRole('button', { name: 'Sign in' }).click()
  await tab.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
})

browserTest('When the sign-in of the first administrator fails, the page to sign in says why', async t => {
  const { app, tab, link } = await openWithLink(t)
  await tab.goto(link)
  await tab.getByLabel('Username').fill('root')
  await tab.getByLabel('Password', { exact: true }).fill(password)
  const json = { error: 'temporarily_unavailable', error_description: '' }
  await tab.route('**/token', route => route.fulfill({ status: 503, headers: { 'retry-after': '5' }, json }))
  await tab.getByRole('button', { name: 'Create and sign in' }).click()
  await tab.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
  await alert(tab, 'Try again in 5 seconds.')
  t.strictSame((await app.userAdmin.byIdOrName('root')).scopes, adminScopes)
})
