import t from 'tap'
import { createVerifiedUser, password } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, logInOn, openConsole, status, themes } from '../support/console.ts'
import { enrol } from '../support/second-factor.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

t.test('signs in, and says what went wrong', { skip }, async t => {
  const { tab, url } = await openConsole(t, browser())
  await tab.goto(`${url}/console/`)
  await logInOn(tab, 'alice', 'a wrong password')
  await alert(tab, 'The username or the password is wrong.')
  t.equal(await tab.getByLabel('Username or e-mail address').inputValue(), 'alice', 'nothing typed is lost')
  await logInOn(tab, 'alice')
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  t.equal(new URL(tab.url()).pathname, '/console/overview')
})

t.test('asks for the second factor, and takes a code or a recovery code', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, url } = world
  const { code, recoveryCodes } = await enrol(world)
  const dialog = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  await tab.goto(`${url}/console/account`)
  await logInOn(tab, 'alice')
  await dialog.getByLabel('Code from your authenticator app').fill('000000')
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await dialog.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
  await dialog.getByLabel('Code from your authenticator app').fill(code())
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await status(tab, 'You have signed out.')

  await logInOn(tab, 'alice')
  await dialog.getByRole('button', { name: 'Use a recovery code instead' }).click()
  await dialog.getByLabel('Recovery code').fill(String(recoveryCodes[0]))
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await tab.getByRole('button', { name: 'Sign out' }).waitFor()
})

t.test('a sign-in that is given up keeps the form', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, url } = world
  await enrol(world)
  await tab.goto(`${url}/console/`)
  await logInOn(tab, 'alice')
  await tab.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await alert(tab, 'Cancelled. Nothing was changed.')
  await becomes(t, () => tab.getByLabel('Password', { exact: true }).inputValue(), password)
})

t.test('sends a link for a forgotten password', { skip }, async t => {
  const { app, tab, url } = await openConsole(t, browser())
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

t.test('a login ends in the server at the sign-out', { skip }, async t => {
  const { app, tab, open, context } = await openConsole(t, browser())
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

t.test('a shared address survives the sign-in, and a forgotten password before it', { skip }, async t => {
  const { tab, url } = await openConsole(t, browser())
  const address = `${url}/console/audit?range=week&action=login.succeeded`
  await tab.goto(address)
  await tab.getByRole('link', { name: 'Forgotten your password?' }).click()
  t.equal(tab.url(), `${url}/console/forgotten`)
  await tab.reload()
  await tab.getByRole('button', { name: 'Back to sign in' }).click()
  t.equal(tab.url(), address)
  await logInOn(tab, 'alice')
  await tab.getByText('1 entry').waitFor()
  t.equal(tab.url(), address)

  await tab.goto(`${url}/console/forgotten`)
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
})

for (const colorScheme of themes)
  t.test(`the form is accessible in the ${colorScheme} theme`, { skip }, async t => {
    const { tab, url } = await openConsole(t, browser(), { hasPasskeys: true, context: { colorScheme } })
    await tab.goto(`${url}/console/`)
    await tab.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
    t.strictSame(await violations(tab), [])
    await tab.getByRole('link', { name: 'Forgotten your password?' }).click()
    t.strictSame(await violations(tab), [])
  })
