import type { Page } from 'playwright-core'
import t from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, openConsole, status, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const field = (tab: Page) => tab.getByLabel('Data as JSON')
const save = (tab: Page) => tab.getByRole('button', { name: 'Save the data' }).click()

t.test('the owner changes the data, and reads the claims', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  const { id } = await app.userAdmin.byIdOrName('bob')
  const data = async () => (await app.userAdmin.byId(id)).data
  await open('/account', 'bob')
  t.equal(await tab.getByRole('heading', { name: 'Claims' }).count(), 0)
  await field(tab).fill('{"theme": "dark", "menu": {"open": true, "width": 3}}')
  await save(tab)
  await status(tab, 'The data is saved.')
  t.strictSame(await data(), { theme: 'dark', menu: { open: true, width: 3 } })

  await field(tab).fill('{"menu": {"open": true}}')
  await tab.getByLabel('Full name').fill('Bob')
  await tab.getByRole('button', { name: 'Save the name' }).click()
  await status(tab, 'The name is saved.')
  await becomes(t, () => field(tab).inputValue(), '{"menu": {"open": true}}', 'another form loses nothing typed')
  await save(tab)
  await status(tab, 'The data is saved.')
  t.strictSame(await data(), { menu: { open: true } })

  await field(tab).fill('{"theme": "light"}')
  const session = { authTime: new Date(), amr: ['pwd'] }
  await app.users.updateProfile(id, { data: { menu: null, language: 'de' } }, { session })
  await app.userAdmin.update(id, { claims: { roles: ['editor'] } }, { actor: id, scopes: adminScopes })
  await save(tab)
  await alert(tab, 'The account was changed elsewhere since you opened it. Your text is not saved')
  await tab.locator('pre').filter({ hasText: '"language": "de"' }).waitFor()
  await save(tab)
  await status(tab, 'The data is saved.')
  t.strictSame(await data(), { theme: 'light' })
  await tab.getByRole('heading', { name: 'Claims' }).waitFor()
  t.strictSame(JSON.parse(String(await tab.locator('pre').textContent())), { roles: ['editor'] })
  t.equal(await tab.getByLabel('Claims').count(), 0, 'which only administrators change')
})

t.test('a refused member of the data is named at the field', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  await open('/account', 'bob')
  await field(tab).fill('{"menu":\n  {"open": "\\u0000"}}')
  await save(tab)
  await tab.getByText('is refused: menu/open contains a NUL or an unpaired surrogate.').waitFor()
  await tab.locator('textarea[name=data]:focus').waitFor()
})

for (const colorScheme of themes)
  t.test(`the data and the claims break no rule of accessibility: ${colorScheme}`, { skip }, async t => {
    const { app, tab, open } = await openConsole(t, browser(), { context: { colorScheme } })
    const { id } = await app.userAdmin.byIdOrName('bob')
    await app.userAdmin.update(id, { claims: { roles: ['editor'] } }, { actor: id, scopes: adminScopes })
    await open('/account', 'bob')
    await field(tab).waitFor()
    t.strictSame(await violations(tab), [])
  })
