import type { Page } from 'playwright-core'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { bearer, createUser, createVerifiedUser, logIn, password } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, logInOn, openConsole, status } from '../support/console.ts'

const tabs = ['Profile', 'Password', 'Security', 'Personal access tokens', 'Logins', 'Activity']
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor()
const goTo = (page: Page, path: string) => page.evaluate(`history.pushState(null, '', '/console/account${path}')`)

browserTest('Each tab of the account has an address and a title, and an unknown one has no page', async t => {
  const { tab, url, open } = await openConsole(t)
  await open('/account', 'bob')
  for (const name of tabs) {
    const link = tab.getByRole('navigation', { name: 'My account' }).getByRole('link', { name })
    await link.focus()
    await tab.keyboard.press('Enter')
    await heading(tab, `My account: ${name}`)
    await becomes(t, () => link.getAttribute('aria-current'), 'page')
    await becomes(t, () => tab.title(), `My account: ${name} · ${new URL(url).host}`)
  }
  await tab.goBack()
  await heading(tab, 'My account: Logins')
  await tab.goForward()
  await heading(tab, 'My account: Activity')
  for (const path of ['/profiles', '/constructor', '/%3Cscript%3E', '/password/more']) {
    await goTo(tab, '')
    await heading(tab, 'My account: Profile')
    await goTo(tab, path)
    await heading(tab, 'Page not found')
  }
})

browserTest('A login without the scope me is not led to the account, and reads why a tab shows nothing', async t => {
  const { app, tab, open } = await openConsole(t)
  await createUser(app, 'watcher', ['audit:read'])
  await open('/audit', 'watcher')
  for (const path of ['', '/password', '/security', '/tokens', '/logins', '/activity']) {
    await tab.evaluate(`history.pushState(null, '', '/console/keys')`)
    await heading(tab, 'Keys')
    await goTo(tab, path)
    await tab.getByRole('heading', { name: 'My account', level: 1 }).waitFor()
    await alert(tab, 'Your account may not do this.')
    t.equal(await tab.getByRole('link', { name: 'My account' }).count(), 0)
  }
})

browserTest('An owner changes the name and takes it back, and loses nothing when a change fails', async t => {
  const { app, tab, open, context } = await openConsole(t)
  const name = async () => (await app.userAdmin.byIdOrName('bob')).fullName
  await open('/account', 'bob')
  await tab.getByLabel('Full name').fill('<img src=x onerror="alert(1)">')
  await button(tab, 'Save the name').click()
  await status(tab, 'The name is saved.')
  t.equal(await name(), '<img src=x onerror="alert(1)">')
  await button(tab, 'Undo').click()
  await status(tab, 'Undone.')
  t.equal(await name(), null)
  await becomes(t, () => tab.getByLabel('Full name').inputValue(), '')

  await tab.getByLabel('Full name').fill('Bob Ross')
  const json = { detail: 'It was changed by another request.' }
  await tab.route('**/users/me', route => route.fulfill({ status: 409, json }), { times: 1 })
  await button(tab, 'Save the name').click()
  await alert(tab, json.detail)
  await context.setOffline(true)
  await button(tab, 'Save the name').click()
  await alert(tab, 'Cannot reach the server.')
  await context.setOffline(false)
  await becomes(t, () => tab.getByLabel('Full name').inputValue(), 'Bob Ross')
  await button(tab, 'Save the name').click()
  await status(tab, 'The name is saved.')
})

browserTest('An owner changes the e-mail address, which its owner confirms, and removes it', async t => {
  const { app, tab, open } = await openConsole(t)
  const { id } = await createVerifiedUser(app, 'carol')
  await open('/account', 'carol')
  await tab.getByText('Verified', { exact: true }).waitFor()
  t.notOk(await button(tab, 'Send the verification link again').isVisible())
  await tab.getByLabel('New e-mail address').fill('carol@example.org')
  await button(tab, 'Change the address').click()
  await status(tab, 'A link is on its way to carol@example.org.')
  await tab.getByText('New address, not confirmed yet').waitFor()
  await becomes(t, () => tab.getByLabel('New e-mail address').inputValue(), '')
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

browserTest('An owner changes the data and reads the claims, and a refused member is named at the field', async t => {
  const { app, tab, open } = await openConsole(t)
  const { id } = await app.userAdmin.byIdOrName('bob')
  const data = async () => (await app.userAdmin.byId(id)).data
  const field = tab.getByLabel('Data as JSON')
  const save = () => button(tab, 'Save the data').click()
  await open('/account', 'bob')
  await becomes(t, () => tab.getByRole('heading', { name: 'Claims' }).count(), 0)
  await field.fill('{"menu":\n  {"open": "\\u0000"}}')
  await save()
  await tab.getByText('is refused: menu/open contains a NUL or an unpaired surrogate.').waitFor()
  await tab.locator('textarea[name=data]:focus').waitFor()
  await field.fill('{"theme": "dark", "menu": {"open": true, "width": 3}}')
  await save()
  await status(tab, 'The data is saved.')
  t.strictSame(await data(), { theme: 'dark', menu: { open: true, width: 3 } })

  await field.fill('{"menu": {"open": true}}')
  await tab.getByLabel('Full name').fill('Bob')
  await button(tab, 'Save the name').click()
  await status(tab, 'The name is saved.')
  await becomes(t, () => field.inputValue(), '{"menu": {"open": true}}', 'another form loses nothing typed')
  await save()
  await status(tab, 'The data is saved.')
  t.strictSame(await data(), { menu: { open: true } })

  await field.fill('{"theme": "light"}')
  const session = { authTime: new Date(), amr: ['pwd'] }
  await app.users.updateProfile(id, { data: { menu: null, language: 'de' } }, { session })
  await app.userAdmin.update(id, { claims: { roles: ['editor'] } }, { actor: id, scopes: adminScopes })
  await save()
  await alert(tab, 'The account was changed elsewhere since you opened it. Your text is not saved')
  await tab.locator('pre').filter({ hasText: '"language": "de"' }).waitFor()
  await save()
  await status(tab, 'The data is saved.')
  t.strictSame(await data(), { theme: 'light' })
  await tab.getByRole('heading', { name: 'Claims' }).waitFor()
  t.strictSame(JSON.parse(String(await tab.locator('pre').textContent())), { roles: ['editor'] })
  await becomes(t, () => tab.getByLabel('Claims').count(), 0, 'which only administrators change')
  await assertAccessible(t, tab, 'data and claims')
})

browserTest('An owner changes the password, and every other login ends', async t => {
  const { app, tab, url } = await openConsole(t)
  const next = 'purple monkey dishwasher lamp'
  const { access_token } = await logIn(app, { username: 'bob' })
  await tab.goto(`${url}/.well-known/change-password`)
  await logInOn(tab, 'bob')
  await heading(tab, 'My account: Password')
  const [current, fresh] = [tab.getByLabel('Current password'), tab.getByLabel('New password', { exact: true })]

  await current.fill('a wrong password')
  await fresh.fill('bobs new pass')
  await tab.getByText('has at least 15 characters').waitFor()
  await button(tab, 'Change the password').click()
  await tab.getByText('is shorter than 15 characters').waitFor()
  await fresh.fill(next)
  await tab.getByText('has at least 15 characters (met)').waitFor()
  await button(tab, 'Change the password').click()
  await tab.getByText('is wrong').waitFor()
  await becomes(t, () => fresh.inputValue(), next, 'nothing typed is lost')
  await current.fill(password)
  await button(tab, 'Change the password').click()
  await status(tab, 'The password is changed. Your other logins have ended.')
  await becomes(t, () => fresh.inputValue(), '')

  const answer = await app.inject({ url: '/users/me', headers: bearer(access_token) })
  t.equal(answer.statusCode, 401, 'another login has ended')
  await tab.getByRole('link', { name: 'Logins' }).click()
  await tab.getByText('This login').waitFor()
  await button(tab, 'Sign out').click()
  await logInOn(tab, 'bob', next)
  await tab.getByText('Signed in as bob').waitFor()
})

browserTest('An owner deletes the account with its password, if any, and the last administrator cannot', async t => {
  const { app, tab, open } = await openConsole(t)
  const { id } = await createUser(app, 'carol')
  const dialog = tab.getByRole('dialog')
  const begin = async (username: string) => {
    await open('/account', username)
    await button(tab, 'Delete my account').click()
  }
  // The page behind the dialog has a button of the same name.
  const confirm = () => dialog.getByRole('button', { name: 'Delete my account' }).click()
  const isDeleted = async (username: string) => {
    await status(tab, 'Your account is deleted.')
    await heading(tab, 'Sign in')
    t.equal(await app.db.users.byUsername(username), undefined)
  }
  await begin('bob')
  await becomes(t, () => dialog.locator(':focus').getAttribute('name'), 'current_password', 'the first field')
  await dialog.getByLabel('Current password').fill('a wrong password')
  await confirm()
  await dialog.getByText('is wrong').waitFor()
  await dialog.getByLabel('Current password').fill(password)
  await confirm()
  await isDeleted('bob')

  await begin('carol')
  await confirm()
  await dialog.getByText('Current password is missing.').waitFor()
  const withoutPassword = { passwordHash: '!', updatedAt: app.clock.now() }
  await app.db.users.update(id, withoutPassword, app.auditEvents.event('user.updated', { subject: id }))
  await confirm()
  await isDeleted('carol')

  await begin('alice')
  await dialog.getByLabel('Current password').fill(password)
  await confirm()
  await dialog.getByRole('alert').filter({ hasText: 'administrator' }).waitFor()
})
