import type { Page } from 'playwright-core'
import t from 'tap'
import { createUser, password } from '../support/app.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { openConsole, ownIsKnown, status } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

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

t.test('the list finds accounts, and keeps the filter in its address', { skip }, async t => {
  const { app, tab, open, url } = await openConsole(t, browser())
  await app.users.register({ username: 'carol', password, email: 'dave@example.com', full_name: 'Carol D.' }, {})
  await open('/accounts')
  const names = () => tab.locator('tbody th a').allTextContents()
  await tab.getByText('3 entries').waitFor()
  t.strictSame(await names(), ['alice', 'bob', 'carol'])

  await tab.getByLabel('Username or e-mail address begins with').fill('DAVE')
  await tab.keyboard.press('Enter')
  await tab.getByText('1 entry').waitFor()
  t.strictSame(await names(), ['carol'], 'by the beginning of the e-mail address')
  t.equal(tab.url(), `${url}/console/accounts?q=DAVE`)

  await tab.getByLabel('State').selectOption('Disabled')
  await tab.getByText('No account matches.').waitFor()
  t.equal(tab.url(), `${url}/console/accounts?q=DAVE&state=disabled`)

  await tab.goBack()
  await tab.getByText('1 entry').waitFor()
  await tab.goBack()
  await tab.getByText('3 entries').waitFor()
  t.equal(
    await tab.getByLabel('Username or e-mail address begins with').inputValue(),
    '',
    'the form follows the address'
  )
})

t.test('several accounts are disabled together, and enabled again', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  for (let n = 10; n < 65; n++) await createUser(app, `user${n}`)
  await open('/accounts')
  await tab.getByText('50 shown, and there are more').waitFor()
  await tab.getByRole('button', { name: 'Show more' }).click()
  await tab.getByText('57 entries').waitFor()
  await ownIsKnown(tab)

  await tab.getByLabel('Select all listed accounts but your own').check()
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

t.test('an account is created, and its page opens', { skip }, async t => {
  const { app, tab, open, url } = await openConsole(t, browser(), { settings: { registration: 'closed' } })
  await open('/accounts')
  await tab.getByRole('link', { name: 'Create an account' }).click()
  await tab.getByLabel('Username').fill('bob')
  await tab.getByLabel('Password', { exact: true }).fill('long enough, but bob chose it')
  await tab.getByLabel('E-mail address').fill('carol@example.com')
  await tab.getByLabel('Full name').fill('Carol')
  await tab.getByText('has at least 15 characters (met)').waitFor()
  await tab.getByRole('button', { name: 'Create', exact: true }).click()
  await tab.getByText('is taken').waitFor()
  await tab.locator('input[name=username]:focus').waitFor()

  await tab.getByLabel('Username').fill('carol')
  await tab.getByRole('button', { name: 'Create', exact: true }).click()
  await status(tab, 'Created the account carol.')
  await tab.getByRole('heading', { name: 'carol', level: 1 }).waitFor()
  const carol = await app.userAdmin.byIdOrName('carol')
  t.equal(tab.url(), `${url}/console/accounts/${carol.id}`)
  t.match(carol, { email: 'carol@example.com', fullName: 'Carol' })
})

t.test('rows of a former filter that come late are not shown', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  for (let n = 10; n < 65; n++) await createUser(app, `user${n}`)
  const names = () => tab.locator('tbody th a').allTextContents()
  const find = async (text: string, entries: string) => {
    await tab.getByLabel('Username or e-mail address begins with').fill(text)
    await tab.keyboard.press('Enter')
    await tab.getByText(entries, { exact: true }).waitFor()
  }
  /** Makes the next request to these addresses wait, until the returned function is called. */
  async function hold(addresses: string | RegExp, answered: string | RegExp) {
    let release = () => {}
    const released = new Promise<void>(resolve => {
      release = resolve
    })
    await tab.route(addresses, async route => {
      await released
      await route.continue()
    })
    return async () => {
      const answer = tab.waitForResponse(answered)
      release()
      await (await answer).finished()
      await tab.waitForTimeout(100)
    }
  }
  await open('/accounts')
  const releaseMore = await hold(/users\?.*cursor=/, /users\?.*cursor=/)
  await tab.getByRole('button', { name: 'Show more' }).click()
  await find('bob', '1 entry')
  await releaseMore()
  t.strictSame(await names(), ['bob'], 'the next page')

  await tab.getByLabel('Select bob').check()
  const releaseChange = await hold('**/users/*', '**/users/*')
  await tab.getByRole('button', { name: 'Disable 1 account' }).click()
  await find('alice', '1 entry')
  await releaseChange()
  while (!(await app.userAdmin.byIdOrName('bob')).disabled) await tab.waitForTimeout(20)
  await tab.waitForTimeout(100)
  t.strictSame(await names(), ['alice'], 'an account that was changed')
})
