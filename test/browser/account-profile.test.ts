import type { Page } from 'playwright-core'
import t from 'tap'
import { createVerifiedUser, password } from '../support/app.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, openConsole, status } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

t.test('changes the name, and takes it back', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  const name = async () => (await app.userAdmin.byIdOrName('bob')).fullName
  await open('/account', 'bob')
  await tab.getByLabel('Full name').fill('<img src=x onerror="alert(1)">')
  await button(tab, 'Save the name').click()
  await status(tab, 'The name is saved.')
  t.equal(await name(), '<img src=x onerror="alert(1)">')
  await button(tab, 'Undo').click()
  await status(tab, 'Undone.')
  t.equal(await name(), null)
  t.equal(await tab.getByLabel('Full name').inputValue(), '')
})

t.test('changes the address, whose owner confirms it', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  const { id } = await createVerifiedUser(app, 'carol')
  await open('/account', 'carol')
  await tab.getByText('Verified', { exact: true }).waitFor()
  t.notOk(await button(tab, 'Send the verification link again').isVisible())
  await tab.getByLabel('New e-mail address').fill('carol@example.org')
  await button(tab, 'Change the address').click()
  await status(tab, 'A link is on its way to carol@example.org.')
  await tab.getByText('New address, not confirmed yet').waitFor()
  t.equal(await tab.getByLabel('New e-mail address').inputValue(), '')
  await button(tab, 'Send the verification link again').click()
  await status(tab, 'A link is on its way to carol@example.org.')
  const { items } = await app.audit.activity(id, { limit: 1 })
  t.equal(items[0]?.action, 'user.email_verification_requested')

  await tab.getByLabel('New e-mail address').fill('carol@example.com')
  await button(tab, 'Change the address').click()
  await status(tab, 'This is already your verified address.')

  await button(tab, 'Remove the address').click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Remove the address' }).click()
  await status(tab, 'The address is removed.')
  t.equal((await app.userAdmin.byId(id)).email, null)
})

t.test('deletes the account, with its password', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await open('/account', 'bob')
  await button(tab, 'Delete my account').click()
  const dialog = tab.getByRole('dialog')
  await becomes(
    t,
    () => dialog.locator(':focus').getAttribute('name'),
    'current_password',
    'the first field has the focus'
  )
  await dialog.getByLabel('Current password').fill('a wrong password')
  await dialog.getByRole('button', { name: 'Delete my account' }).click()
  await dialog.getByText('is wrong').waitFor()
  await dialog.getByLabel('Current password').fill(password)
  await dialog.getByRole('button', { name: 'Delete my account' }).click()
  await status(tab, 'Your account is deleted.')
  await tab.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
  t.equal(await app.db.users.byUsername('bob'), undefined)
})

t.test('an account without a password is deleted without one', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  const { id } = await app.userAdmin.byIdOrName('bob')
  await open('/account', 'bob')
  await button(tab, 'Delete my account').click()
  // The page behind the dialog has a button of the same name.
  const dialog = tab.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Delete my account' }).click()
  await dialog.getByText('Current password is missing.').waitFor()
  const withoutPassword = { passwordHash: '!', updatedAt: app.clock.now() }
  await app.db.users.update(id, withoutPassword, app.auditEvents.event('user.updated', { subject: id }))
  await dialog.getByRole('button', { name: 'Delete my account' }).click()
  await status(tab, 'Your account is deleted.')
  t.equal(await app.db.users.byUsername('bob'), undefined)
})

t.test('the last administrator cannot delete the account, and reads why', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  await open('/account')
  await button(tab, 'Delete my account').click()
  const dialog = tab.getByRole('dialog')
  await dialog.getByLabel('Current password').fill(password)
  await dialog.getByRole('button', { name: 'Delete my account' }).click()
  await dialog.getByRole('alert').filter({ hasText: 'administrator' }).waitFor()
})

t.test('says why a change failed, and loses nothing', { skip }, async t => {
  const { tab, open, context } = await openConsole(t, browser())
  await open('/account', 'bob')
  await tab.getByLabel('Full name').fill('Bob Ross')
  const refused: [number, object, string][] = [
    [409, {}, 'It was changed by another request.'],
    [429, { 'Retry-After': '7' }, 'Too many attempts. Try again in 7 seconds.'],
    [503, {}, 'The server is busy or cannot reach its database. Try again soon.']
  ]
  for (const [statusCode, headers, text] of refused) {
    const body = JSON.stringify({ detail: 'It was changed by another request.' })
    const contentType = 'application/problem+json'
    await tab.route('**/users/me', route =>
      route.fulfill({ status: statusCode, headers: { ...headers }, contentType, body })
    )
    await button(tab, 'Save the name').click()
    await alert(tab, text)
    await tab.unroute('**/users/me')
  }
  await context.setOffline(true)
  await button(tab, 'Save the name').click()
  await alert(tab, 'Cannot reach the server.')
  await context.setOffline(false)
  await becomes(t, () => tab.getByLabel('Full name').inputValue(), 'Bob Ross')
  await button(tab, 'Save the name').click()
  await status(tab, 'The name is saved.')
})
