import t from 'tap'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, logInOn, openConsole, status } from '../support/console.ts'
import { enrol } from '../support/second-factor.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

t.test('a login that ends in the middle of a form is begun again over it, and nothing is lost', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await open('/account', 'bob')
  const { id } = await app.userAdmin.byIdOrName('bob')
  await tab.getByLabel('Full name').fill('Bob Ross')
  await app.sessions.endAll(id)
  await tab.getByRole('button', { name: 'Save the name' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Sign in again' })
  await dialog.waitFor()
  t.equal(await dialog.getByLabel('Username or e-mail address').inputValue(), 'bob')
  await logInOn(tab, 'bob')
  await dialog.waitFor({ state: 'detached' })
  t.equal(await tab.getByLabel('Full name').inputValue(), 'Bob Ross')
  await tab.getByRole('button', { name: 'Save the name' }).click()
  await status(tab, 'The name is saved.')
})

t.test('the dialog keeps the page from another user', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await open('/account', 'bob')
  const { id } = await app.userAdmin.byIdOrName('bob')
  await tab.getByLabel('Full name').fill('Bob Ross')
  await app.sessions.endAll(id)
  await tab.getByRole('button', { name: 'Save the name' }).click()
  await tab.getByRole('dialog', { name: 'Sign in again' }).waitFor()
  await logInOn(tab, 'alice')
  await tab.getByText('Signed in as alice').waitFor()
  t.equal(await tab.getByLabel('Full name').inputValue(), '')
})

t.test('the dialog can be left for the form to sign in', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await open('/account', 'bob')
  const { id } = await app.userAdmin.byIdOrName('bob')
  const save = tab.getByRole('button', { name: 'Save the name' })
  await save.waitFor()
  await app.sessions.endAll(id)
  await save.click()
  await tab.getByRole('dialog', { name: 'Sign in again' }).waitFor()
  await tab.keyboard.press('Escape')
  await tab.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
})

t.test('a login that is no longer recent is proven again for the request that needs it', { skip }, async t => {
  const { clock, tab, open } = await openConsole(t, browser())
  await open('/account', 'bob')
  clock.advance(660)
  await tab.getByLabel('New e-mail address').fill('bob@example.com')
  const save = tab.getByRole('button', { name: 'Change the address' })
  const dialog = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  await save.click()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await alert(tab, 'Cancelled. Nothing was changed.')
  t.equal(await tab.getByLabel('New e-mail address').inputValue(), 'bob@example.com')

  await save.click()
  await dialog.getByLabel('Password').fill('a wrong password')
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await dialog.getByRole('alert').filter({ hasText: 'wrong' }).waitFor()
  await dialog.getByLabel('Password').fill('correct horse battery staple')
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await status(tab, 'A link is on its way to bob@example.com.')
})

t.test('an account with a second factor shows it again instead of the password', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { clock, tab, open } = world
  const { code } = await enrol(world, { username: 'bob' })
  const dialog = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  const confirm = async () => {
    await dialog.getByLabel('Code from your authenticator app').fill(code())
    await dialog.getByRole('button', { name: 'Confirm' }).click()
  }
  await Promise.all([open('/account/security', 'bob'), confirm()])
  clock.advance(660)
  await tab.getByRole('button', { name: 'Get new recovery codes' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Get new recovery codes' }).click()
  await confirm()
  await tab.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
})
