import type { Page } from 'playwright-core'
import t from 'tap'
import { createUser, password, postForm } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, openConsole, ownIsKnown, status, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** Fills in the form for a new account. */
async function fillIn(tab: Page) {
  await tab.getByLabel('Username').fill('carol')
  await tab.getByLabel('Password', { exact: true }).fill(password)
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.getByLabel('Full name').fill('Carol')
}
const create = (tab: Page) => tab.getByRole('button', { name: 'Create', exact: true }).click()
const emailIn = (tab: Page) => tab.getByLabel('E-mail address').inputValue()

t.test('a login without users:write is offered nothing that changes accounts', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  const bob = await app.userAdmin.byIdOrName('bob')
  await createUser(app, 'carol', ['me', 'users:read'])
  const offered = () =>
    tab
      .getByRole('main')
      .locator('button:not([aria-expanded]), input[type=checkbox]:enabled, a.button')
      .allTextContents()

  await open('/accounts', 'carol')
  await tab.getByText('3 entries').waitFor()
  t.strictSame(await offered(), ['Search'])
  await tab.getByRole('link', { name: 'bob' }).click()
  await tab.getByText('The account has no second factor.').waitFor()
  t.strictSame(await offered(), ['Copy'])
  t.equal(await tab.getByRole('heading', { name: 'Activity' }).count(), 0, 'nor the audit trail without audit:read')

  await open('/accounts/new', 'carol')
  await tab.getByText('Your account may not do this. To create accounts, it needs the scope users:write.').waitFor()
  t.strictSame(await offered(), [])

  await tab.getByRole('button', { name: 'Sign out' }).click()
  for (const path of ['', `/${bob.id}`]) {
    await open(`/accounts${path}`, 'bob')
    await alert(tab, 'Your account may not do this. The access token lacks the scope users:read.')
  }
})

t.test('the form for a new account says why it failed, and keeps what was typed', { skip }, async t => {
  const { app, tab, context, open } = await openConsole(t, browser())
  await open('/accounts/new')
  await fillIn(tab)
  for (const [status, text] of [
    [429, 'Too many attempts. Try again in 30 seconds.'],
    [503, 'The server is busy or cannot reach its database. Try again in 30 seconds.']
  ] as const) {
    await tab.route('**/users', route => route.fulfill({ status, headers: { 'retry-after': '30' } }))
    await create(tab)
    await alert(tab, text)
    await tab.unroute('**/users')
  }
  await context.setOffline(true)
  await create(tab)
  await alert(tab, 'Cannot reach the server.')
  await context.setOffline(false)
  t.equal(await emailIn(tab), 'carol@example.com')

  await app.sessions.endAll((await app.userAdmin.byIdOrName('alice')).id, {})
  await create(tab)
  const dialog = tab.getByRole('dialog', { name: 'Sign in again' })
  await dialog.getByLabel('Password', { exact: true }).fill(password)
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  t.equal(await emailIn(tab), 'carol@example.com')
  await create(tab)
  await status(tab, 'Created the account carol.')
})

t.test('a change of several accounts stops at an error that the rest would meet', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  for (const name of ['carol', 'dave']) await createUser(app, name)
  await open('/accounts')
  await ownIsKnown(tab)
  await tab.getByLabel('Select all listed accounts but your own').check()
  const dave = await app.userAdmin.byIdOrName('dave')
  const carol = await app.userAdmin.byIdOrName('carol')
  await app.userAdmin.remove(carol, {})
  await tab.route(`**/users/${dave.id}`, route => route.fulfill({ status: 503 }))
  await tab.getByRole('button', { name: 'Disable 3 accounts' }).click()
  await status(tab, 'Disabled and signed out 1 account.')
  await tab.getByText('carol: This user does not exist.').waitFor()
  await tab.getByText('1 account not tried, and still selected. The server is busy').waitFor()
  t.ok(await tab.getByLabel('Select dave').isChecked())
})

t.test('the list says why it cannot be read, and is read again', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  await tab.route('**/users?*', route => route.fulfill({ status: 503 }))
  await tab.route('**/users', route => route.fulfill({ status: 503 }))
  await open('/accounts')
  await alert(tab, 'The server is busy or cannot reach its database. Try again soon.')
  await tab.unrouteAll()
  await tab.getByRole('button', { name: 'Try again' }).click()
  await tab.getByText('2 entries').waitFor()
})

t.test('what others fill in is shown as text', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  const [image, script, url] = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', 'javascript:alert(1)']
  tab.on('dialog', () => t.fail('a script ran'))
  const { id, username } = await app.users.register(
    {
      username: image,
      password,
      email: `${url.replace(/\W/g, '')}@example.com`,
      full_name: script,
      scopes: ['me', url]
    },
    {}
  )
  await postForm(app, '/token', { grant_type: 'password', username, password }, { 'user-agent': `${image}${script}` })
  await tab.route('**/factors', route =>
    route.fulfill({
      json: {
        items: [{ id, type: 'passkey', name: image, created_at: '2026-01-31T12:00:00.000Z' }],
        recovery_codes_left: 1
      }
    })
  )
  await open(`/accounts?q=${encodeURIComponent(image)}`)
  await tab.getByRole('cell', { name: script }).waitFor()
  await tab.getByRole('link', { name: image }).click()
  await tab.getByRole('heading', { name: image, level: 1 }).waitFor()
  await tab.getByRole('button', { name: '<img', exact: true }).click()
  for (const [text, count] of [
    [script, 2],
    [image, 3],
    [url, 2]
  ] as const)
    await tab
      .getByText(text)
      .nth(count - 1)
      .waitFor()
  t.equal(await tab.locator('main :is(img, script, a[href^=javascript])').count(), 0)
})

for (const colorScheme of themes)
  t.test(`the pages break no rule of accessibility: ${colorScheme}`, { skip }, async t => {
    const { app, tab, open } = await openConsole(t, browser(), { context: { colorScheme } })
    await postForm(app, '/token', { grant_type: 'password', username: 'bob', password })
    await open('/accounts')
    await ownIsKnown(tab)
    await tab.getByLabel('Select all listed accounts but your own').check()
    await tab.getByRole('button', { name: 'Disable 1 account' }).click()
    await tab.getByText('Result', { exact: true }).waitFor()
    t.strictSame(await violations(tab), [])
    await tab.getByRole('button', { name: 'Undo' }).click()
    await status(tab, 'Undone.')

    await tab.getByRole('link', { name: 'Create an account' }).click()
    await tab.getByText('is not a common password').waitFor()
    t.strictSame(await violations(tab), [])

    await tab.getByRole('link', { name: 'All accounts' }).click()
    await tab.getByRole('link', { name: 'bob' }).click()
    await tab.getByText('Account created').waitFor()
    t.strictSame(await violations(tab), [])
    await tab.getByRole('button', { name: 'Delete: bob' }).click()
    await tab.getByRole('dialog').waitFor()
    t.strictSame(await violations(tab), [])
  })
