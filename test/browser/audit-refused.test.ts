import t from 'tap'
import { createUser, password } from '../support/app.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, openConsole } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

t.test('without audit:read, the address says why, and offers nothing', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await createUser(app, 'carol', ['me', 'users:read'])
  await open('/audit', 'carol')
  await alert(tab, 'Your account may not do this.')
  for (const name of ['Show the events', 'Verify now'])
    t.equal(await tab.getByRole('button', { name }).count(), 0, name)
})

t.test('with audit:read only, shows ids without names, and takes a text for an id', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  const { id } = await createUser(app, 'carol', ['me', 'audit:read'])
  await open('/audit', 'carol')
  await tab.getByText('5 entries').waitFor()
  const short = `${id.slice(0, 8)}…${id.slice(-4)}`
  await becomes(
    t,
    () => tab.getByRole('cell', { name: short }).count(),
    3,
    'the account, and the login about and by it'
  )
  t.equal(await tab.getByRole('link', { name: /carol|^[0-9a-f-]{36}$/ }).count(), 0)
  await tab.getByLabel('About', { exact: true }).fill('bob')
  await tab.getByRole('button', { name: 'Show the events' }).click()
  await tab.getByText('No event matches.').waitFor()
  t.equal(new URL(tab.url()).searchParams.get('subject'), 'bob')
})

t.test('says why it cannot read the events, and reads them again', { skip }, async t => {
  const { tab, open, context } = await openConsole(t, browser())
  const refused = { status: 503, headers: { 'retry-after': '30' } }
  await tab.route('**/audit?*', route => route.fulfill(refused))
  await tab.route('**/audit/counts?*', route => route.fulfill({ ...refused, status: 429 }))
  await tab.route('**/audit/verify', route => route.fulfill(refused))
  await open('/audit')
  await alert(tab, 'The server is busy or cannot reach its database. Try again in 30 seconds.')
  await alert(tab, 'Too many attempts. Try again in 30 seconds.')
  await tab.getByRole('button', { name: 'Verify now' }).click()
  await alert(tab, 'The server is busy')
  await tab.unrouteAll()
  await tab.getByRole('button', { name: 'Try again' }).first().click()
  await tab.getByRole('button', { name: 'Try again' }).last().click()
  await tab.locator('.plot rect').first().waitFor()
  await tab.getByText('4 entries').waitFor()

  await context.setOffline(true)
  await tab.getByLabel('About', { exact: true }).fill('bob')
  await tab.getByRole('button', { name: 'Show the events' }).click()
  await alert(tab, 'Cannot reach the server.')
  await context.setOffline(false)
  await tab.getByRole('button', { name: 'Show the events' }).click()
  await tab.getByText('1 entry').waitFor()
})

t.test('a login that ends takes nothing that was typed', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await open('/audit')
  await tab.getByText('4 entries').waitFor()
  // Everything that the page reads by itself has arrived.
  await tab.getByRole('img').waitFor()
  for (const name of ['alice', 'bob']) await tab.getByRole('link', { name, exact: true }).first().waitFor()
  await app.sessions.endAll((await app.userAdmin.byIdOrName('alice')).id, {})
  await tab.getByLabel('About', { exact: true }).fill('bob')
  await tab.getByLabel('IP address', { exact: true }).fill('192.0.2.1')
  await tab.getByRole('button', { name: 'Show the events' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Sign in again' })
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await becomes(t, () => tab.getByLabel('About', { exact: true }).inputValue(), 'bob')
  await becomes(t, () => tab.getByLabel('IP address', { exact: true }).inputValue(), '192.0.2.1')
  await tab.getByRole('button', { name: 'Show the events' }).click()
  await tab.getByText('No event matches.').waitFor()
})
