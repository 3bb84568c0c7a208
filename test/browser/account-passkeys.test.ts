import t from 'tap'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, logInOn, openConsole, status } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

t.test('adds a passkey, signs in with it, renames and removes it', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser(), { hasPasskeys: true })
  const { id } = await app.userAdmin.byIdOrName('bob')
  const dialog = tab.getByRole('dialog')
  await open('/account/security', 'bob')
  await tab.getByRole('button', { name: 'Add a passkey' }).click()
  await dialog.getByLabel('Name').fill('<script>alert(1)</script>')
  await dialog.getByRole('button', { name: 'Add a passkey' }).click()
  await tab.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await status(tab, 'The passkey is added. Your other logins have ended.')
  await tab.getByRole('button', { name: 'I have saved them' }).click()
  await tab.getByRole('cell', { name: '<script>alert(1)</script>', exact: true }).waitFor()
  await tab.getByRole('cell', { name: 'Never' }).waitFor()

  await tab.getByRole('button', { name: 'Sign out' }).click()
  await tab.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await tab.getByText('Signed in as bob').waitFor()
  t.equal(await tab.getByRole('cell', { name: 'Never' }).count(), 0)

  await tab.getByRole('button', { name: 'Rename' }).click()
  await dialog.getByLabel('Name').fill('Laptop')
  await dialog.getByRole('button', { name: 'Rename' }).click()
  await status(tab, 'The passkey is renamed.')
  await tab.getByRole('cell', { name: 'Laptop', exact: true }).waitFor()
  await tab.getByRole('button', { name: 'Undo' }).click()
  await tab.getByRole('cell', { name: '<script>alert(1)</script>', exact: true }).waitFor()

  await tab.getByRole('button', { name: 'Remove: ' }).click()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await status(tab, 'The second factor is removed.')
  t.strictSame((await app.secondFactors.list({ id })).items, [])
})

t.test('a passkey serves as the second factor after the password', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser(), { hasPasskeys: true })
  await open('/account/security', 'bob')
  await tab.getByRole('button', { name: 'Add a passkey' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click()
  await tab.getByRole('button', { name: 'I have saved them' }).click()
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await logInOn(tab, 'bob')
  await tab.getByRole('button', { name: 'Use a passkey' }).click()
  await tab.getByText('Signed in as bob').waitFor()
})

t.test('says that a device has a passkey already', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser(), { hasPasskeys: true })
  const dialog = tab.getByRole('dialog')
  await open('/account/security', 'bob')
  for (const isFirst of [true, false]) {
    await tab.getByRole('button', { name: 'Add a passkey' }).click()
    await dialog.getByRole('button', { name: 'Add a passkey' }).click()
    // A further factor asks for the first one.
    await tab.getByRole('button', { name: isFirst ? 'I have saved them' : 'Use a passkey' }).click()
  }
  await dialog.getByRole('alert').filter({ hasText: 'This device already has a passkey for your account.' }).waitFor()
})

t.test('names the addresses where passkeys work, and offers none elsewhere', { skip }, async t => {
  const settings = { rpOrigins: ['https://localhost', 'http://localhost:1'] }
  const { tab, url, open } = await openConsole(t, browser(), { hasPasskeys: true, settings })
  await tab.goto(`${url}/console/`)
  await tab.waitForLoadState('networkidle')
  t.equal(await tab.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0)
  await open('/account/security', 'bob')
  await tab.getByText('sign in at one of these: https://localhost, http://localhost:1').waitFor()
  t.equal(await tab.getByRole('button', { name: 'Add a passkey' }).count(), 0)
})

t.test('offers no passkeys where the server has none', { skip }, async t => {
  const { tab, url, open } = await openConsole(t, browser())
  await tab.goto(`${url}/console/`)
  await tab.waitForLoadState('networkidle')
  t.equal(await tab.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0)
  await open('/account/security', 'bob')
  await tab.getByRole('button', { name: 'Set up an authenticator app' }).waitFor()
  t.equal(await tab.getByRole('button', { name: 'Add a passkey' }).count(), 0)
})

t.test('says when the person gave no passkey', { skip }, async t => {
  const { tab, url } = await openConsole(t, browser(), { hasPasskeys: true })
  await tab.addInitScript('navigator.credentials.get = async () => { throw new DOMException("", "NotAllowedError") }')
  await tab.goto(`${url}/console/`)
  await tab.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await alert(tab, 'No passkey was used.')
})
