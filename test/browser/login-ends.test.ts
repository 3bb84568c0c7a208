import t from 'tap'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
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
  await becomes(t, () => dialog.getByLabel('Username or e-mail address').inputValue(), 'bob')
  await logInOn(tab, 'bob')
  await dialog.waitFor({ state: 'detached' })
  await becomes(t, () => tab.getByLabel('Full name').inputValue(), 'Bob Ross')
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
  await becomes(t, () => tab.getByLabel('New e-mail address').inputValue(), 'bob@example.com')

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

t.test('a request that asks for a proof is not sent for another user who signs in elsewhere', { skip }, async t => {
  const { clock, tab, url, context } = await openConsole(t, browser())
  const other = await context.newPage()
  await tab.goto(`${url}/console/account`)
  await tab.getByLabel('Keep me signed in').check()
  await logInOn(tab, 'bob')
  await tab.getByText('Signed in as bob').waitFor()
  await other.goto(`${url}/console/account`)
  await other.getByText('Signed in as bob').waitFor()
  clock.advance(660)
  await tab.getByLabel('New e-mail address').fill('bob@example.com')
  await tab.getByRole('button', { name: 'Change the address' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  await dialog.getByLabel('Password').fill('correct horse battery staple')
  // The other user signs in while the proof is on its way.
  const sent: string[] = []
  tab.on('request', request => sent.push(`${request.method()} ${new URL(request.url()).pathname}`))
  await tab.route('**/token', async route => {
    const answer = await route.fetch()
    if (!route.request().postData()?.includes('authorization_code')) return await route.fulfill({ response: answer })
    await other.getByRole('button', { name: 'Sign out' }).click()
    await other.getByLabel('Keep me signed in').check()
    await logInOn(other, 'alice')
    await other.getByText('Signed in as alice').waitFor()
    await route.fulfill({ response: answer })
  })
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await tab.getByText('Signed in as alice').waitFor()
  await tab.waitForTimeout(500)
  t.equal(sent.filter(request => request === 'PATCH /users/me').length, 0, sent.join(', '))
})
