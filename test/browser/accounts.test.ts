import type { Page } from 'playwright-core'
import { createUser, logIn, password, postForm } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, openConsole, ownIsKnown, status } from '../support/console.ts'
import { createToken } from '../support/personal-tokens.ts'

const names = (tab: Page) => tab.locator('tbody th a').allTextContents()
const beginning = (tab: Page) => tab.getByLabel('Username or e-mail address begins with')
const selectAll = (tab: Page) => tab.getByLabel('Select all listed accounts but your own').check()

browserTest('The list finds accounts, and keeps the filter in its address', async t => {
  const { app, tab, open, url } = await openConsole(t)
  await app.users.register({ username: 'carol', password, email: 'dave@example.com', full_name: 'Carol D.' }, {})
  await tab.route(/\/users($|\?)/, route => route.fulfill({ status: 503 }))
  await open('/accounts')
  await alert(tab, 'The server is busy or cannot reach its database. Try again soon.')
  await tab.unrouteAll()
  await tab.getByRole('button', { name: 'Try again' }).click()
  await tab.getByText('3 entries').waitFor()
  t.strictSame(await names(tab), ['alice', 'bob', 'carol'])

  await beginning(tab).fill('DAVE')
  await tab.keyboard.press('Enter')
  await tab.getByText('1 entry').waitFor()
  t.strictSame(await names(tab), ['carol'], 'by the beginning of the e-mail address')
  t.equal(tab.url(), `${url}/console/accounts?q=DAVE`)

  await tab.getByLabel('State').selectOption('Disabled')
  await tab.getByText('No account matches.').waitFor()
  t.equal(tab.url(), `${url}/console/accounts?q=DAVE&state=disabled`)

  await tab.goBack()
  await tab.getByText('1 entry').waitFor()
  await tab.goBack()
  await tab.getByText('3 entries').waitFor()
  await becomes(t, () => beginning(tab).inputValue(), '', 'the form follows the address')
})

/** Makes the fourth change of an account wait. */
async function holdFourthChange(tab: Page) {
  let release = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  let count = 0
  await tab.route('**/users/*', async route => {
    count++
    if (count === 4) await released
    await route.continue()
  })
  return { release }
}

browserTest('Several accounts are disabled together, and enabled again', async t => {
  const { app, tab, open } = await openConsole(t)
  for (let n = 10; n < 65; n++) await createUser(app, `user${n}`)
  await open('/accounts')
  await tab.getByText('50 shown, and there are more').waitFor()
  await tab.getByRole('button', { name: 'Show more' }).click()
  await tab.getByText('57 entries').waitFor()
  await ownIsKnown(tab)

  await selectAll(tab)
  t.notOk(await tab.getByLabel('Select alice').isChecked())
  await tab.getByLabel('Select alice').check()
  await tab.getByText('57 accounts selected').waitFor()
  await tab.getByText('Your own account is among them.').waitFor()
  await tab.getByText('Disabling deletes personal access tokens, and enabling does not restore them.').waitFor()
  const fourth = await holdFourthChange(tab)
  await tab.getByRole('button', { name: 'Disable 57 accounts' }).click()
  await tab.getByText('3 of 57…').waitFor()
  fourth.release()
  await status(tab, 'Disabled and signed out 56 accounts.')
  await tab.getByText('alice: This is the last administrator. Grant users:write to another account first.').waitFor()
  await becomes(t, () => tab.locator('tbody').getByText('Disabled').count(), 56)
  t.strictSame((await app.userAdmin.page({ limit: 50, disabled: false })).items.length, 1)

  await tab.getByRole('button', { name: 'Undo' }).click()
  await status(tab, 'Undone.')
  await becomes(t, () => tab.locator('tbody').getByText('Enabled').count(), 57)
  t.strictSame((await app.userAdmin.page({ limit: 50, disabled: true })).items, [])
})

browserTest('A change of several accounts stops at an error that the rest would meet', async t => {
  const { app, tab, open } = await openConsole(t)
  for (const name of ['carol', 'dave']) await createUser(app, name)
  await open('/accounts')
  await ownIsKnown(tab)
  await selectAll(tab)
  const dave = await app.userAdmin.byIdOrName('dave')
  const carol = await app.userAdmin.byIdOrName('carol')
  await app.userAdmin.remove(carol, {})
  await tab.route(`**/users/${dave.id}`, route => route.fulfill({ status: 503 }))
  await tab.getByRole('button', { name: 'Disable 3 accounts' }).click()
  await status(tab, 'Disabled and signed out 1 account.')
  await tab.getByText('carol: This user does not exist.').waitFor()
  await tab.getByText('1 account not tried, and still selected. The server is busy').waitFor()
  t.ok(await tab.getByLabel('Select dave').isChecked())
  await assertAccessible(t, tab, 'the result')
})

browserTest('Rows of a former filter that come late are not shown', async t => {
  const { app, tab, open, isSettled } = await openConsole(t)
  for (let n = 10; n < 65; n++) await createUser(app, `user${n}`)
  const find = async (text: string, entries: string) => {
    await beginning(tab).fill(text)
    await tab.keyboard.press('Enter')
    await tab.getByText(entries, { exact: true }).waitFor()
  }
  /** Makes the next request to these addresses wait, until the returned function is called. */
  async function hold(addresses: string | RegExp) {
    let release = () => {}
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    await tab.route(addresses, async route => {
      await released
      await route.continue()
    })
    return async () => {
      release()
      await isSettled()
    }
  }
  await open('/accounts')
  const releaseMore = await hold(/users\?.*cursor=/)
  await tab.getByRole('button', { name: 'Show more' }).click()
  await find('bob', '1 entry')
  await releaseMore()
  t.strictSame(await names(tab), ['bob'], 'the next page')

  await tab.getByLabel('Select bob').check()
  const releaseChange = await hold('**/users/*')
  await tab.getByRole('button', { name: 'Disable 1 account' }).click()
  await find('alice', '1 entry')
  await releaseChange()
  t.equal((await app.userAdmin.byIdOrName('bob')).disabled, true)
  t.strictSame(await names(tab), ['alice'], 'an account that was changed')
})

browserTest('An account is created after refusals that lose nothing typed, and its page opens', async t => {
  const settings = { registration: 'closed' } as const
  const { app, tab, open, url, context } = await openConsole(t, { settings })
  const create = () => tab.getByRole('button', { name: 'Create', exact: true }).click()
  await open('/accounts')
  await tab.getByRole('link', { name: 'Create an account' }).click()
  await tab.getByText('is not a common password').waitFor()
  await tab.getByLabel('Username').fill('bob')
  await tab.getByLabel('Password', { exact: true }).fill('long enough, but bob chose it')
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.getByLabel('Full name').fill('Carol')
  await tab.getByText('has at least 15 characters (met)').waitFor()
  await create()
  await tab.getByText('is taken').waitFor()
  await tab.locator('input[name=username]:focus').waitFor()
  await assertAccessible(t, tab, 'the form with a fault')

  await tab.getByLabel('Username').fill('carol')
  await tab.route('**/users', route => route.fulfill({ status: 429, headers: { 'retry-after': '30' } }), { times: 1 })
  await create()
  await alert(tab, 'Too many attempts. Try again in 30 seconds.')
  await context.setOffline(true)
  await create()
  await alert(tab, 'Cannot reach the server.')
  await context.setOffline(false)
  t.equal(await tab.getByLabel('E-mail address').inputValue(), 'carol@example.com')
  await create()
  await status(tab, 'Created the account carol.')
  await tab.getByRole('heading', { name: 'carol', level: 1 }).waitFor()
  const carol = await app.userAdmin.byIdOrName('carol')
  t.equal(tab.url(), `${url}/console/accounts/${carol.id}`)
  t.match(carol, { email: 'carol@example.com', fullName: 'Carol' })
})

browserTest('A login without users:write is offered nothing that changes accounts', async t => {
  const { app, tab, open } = await openConsole(t)
  const { id: actor } = await app.userAdmin.byIdOrName('alice')
  const bob = await app.userAdmin.byIdOrName('bob')
  await createToken(app, (await logIn(app, { username: 'bob' })).access_token)
  const invited = await app.users.register({ username: 'erin', email: 'erin@example.com' }, { actor })
  await createUser(app, 'carol', ['me', 'users:read'])
  const offered = () =>
    tab
      .getByRole('main')
      .locator('button:not([aria-expanded]), input[type=checkbox]:enabled, a.button')
      .allTextContents()

  await open('/accounts', 'carol')
  await tab.getByText('4 entries').waitFor()
  t.strictSame(await offered(), ['Search'])
  await tab.getByRole('link', { name: 'bob' }).click()
  await tab.getByText('The account has no second factor.').waitFor()
  await tab.getByRole('table', { name: 'Personal access tokens' }).waitFor()
  t.strictSame(await offered(), ['Copy'])
  const activity = tab.getByRole('heading', { name: 'Activity' })
  await becomes(t, () => activity.count(), 0, 'nor the audit trail without audit:read')

  await open(`/accounts/${invited.id}`, 'carol')
  await tab.getByRole('heading', { name: 'Invitation' }).waitFor()
  t.strictSame(await offered(), ['Copy'])
  for (const path of ['new', 'invite']) {
    await open(`/accounts/${path}`, 'carol')
    await tab.getByText('Your account may not do this. To create accounts, it needs the scope users:write.').waitFor()
    t.strictSame(await offered(), [], path)
  }

  await tab.getByRole('button', { name: 'Sign out' }).click()
  for (const path of ['', `/${bob.id}`]) {
    await open(`/accounts${path}`, 'bob')
    await alert(tab, 'Your account may not do this. The access token lacks the scope users:read.')
  }
})

browserTest('What others fill in is shown as text', async t => {
  const { app, tab, open } = await openConsole(t)
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
  await tab.getByRole('row', { name: script }).waitFor()
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
  await becomes(t, () => tab.locator('main :is(img, script, a[href^=javascript])').count(), 0)
})
