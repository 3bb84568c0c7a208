import type { Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createUser, password, postForm } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, logInOn, openConsole, status, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const api = 'https://api.example.com'
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const create = (within: Page | Locator) => within.getByRole('button', { name: 'Create a token' })
const dialog = (page: Page, name: string | RegExp = 'Create a token') => page.getByRole('dialog', { name })

/** The tokens of carol, whose account has two scopes that the settings list, and one that they do not. */
async function openTokens(t: Test, more: { context?: object } = {}) {
  const settings = { scopes: ['reports:read'], resources: [`${api} orders:read`] }
  const world = await openConsole(t, browser(), { settings, ...more })
  const { id } = await createUser(world.app, 'carol', ['me', 'reports:read', 'orders:read', 'stock:read'])
  await world.open('/account/tokens', 'carol')
  const tokens = async () => await world.app.personalTokens.list({ id })
  return { ...world, id, tokens }
}

t.test('creates a token, shows it once, and deletes it', { skip }, async t => {
  const { app, tab, context, tokens } = await openTokens(t)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await tab.getByText('You have no personal access token.').waitFor()
  await create(tab).click()
  t.strictSame(
    await dialog(tab)
      .getByRole('checkbox')
      .evaluateAll(boxes => boxes.map(box => (box as { name?: string }).name)),
    ['scopes reports:read', 'scopes orders:read'],
    'scopes of APIs only, which the login has'
  )
  t.equal(await dialog(tab).getByRole('checkbox', { checked: true }).count(), 0)
  t.strictSame(await dialog(tab).getByLabel('API').getByRole('option').allTextContents(), ['Any', api])
  await becomes(t, () => dialog(tab).getByLabel('Lifetime').inputValue(), String(90 * 86_400))
  await dialog(tab).getByLabel('Name').fill('<b>nightly</b>')
  await dialog(tab).getByLabel('reports:read').check()
  await dialog(tab).getByLabel('API').selectOption(api)
  await dialog(tab).getByLabel('Lifetime').selectOption('30 days')
  await create(dialog(tab)).click()

  await dialog(tab).getByText('Scopes must not contain reports:read: a token can have orders:read.').waitFor()
  await dialog(tab).getByLabel('reports:read').uncheck()
  await dialog(tab).getByLabel('orders:read').check()
  t.equal(await dialog(tab).getByLabel('Lifetime').inputValue(), String(30 * 86_400), 'nothing chosen is lost')
  await create(dialog(tab)).click()

  const shown = dialog(tab, 'Token <b>nightly</b>')
  await shown.getByText('It is not shown again').waitFor()
  const token = String(await shown.getByRole('code').textContent())
  await tab.keyboard.press('Escape')
  await shown.getByRole('button', { name: 'Copy' }).click()
  await shown.getByText('Copied.').waitFor()
  t.equal(await tab.evaluate('navigator.clipboard.readText()'), token)
  await shown.getByRole('button', { name: 'I have saved it' }).click()
  await status(tab, 'Created the token <b>nightly</b>.')
  t.notMatch(await tab.content(), token)

  const row = tab.getByRole('row', { name: '<b>nightly</b>' })
  for (const cell of ['orders:read', api, 'Never']) await row.getByRole('cell', { name: cell, exact: true }).waitFor()
  t.match(await tokens(), [{ name: '<b>nightly</b>', scopes: ['orders:read'], resource: api }])
  const [created] = await tokens()
  t.equal(Number(created?.expiresAt) - Number(created?.createdAt), 30 * 86_400_000)

  const script = { name: 'scripts', confidential: false, grants: [exchange], scopes: ['orders:read'] }
  const { client } = await app.clientAdmin.create(script)
  const use = () =>
    postForm(app, '/token', {
      grant_type: exchange,
      subject_token_type: 'urn:sallyport:token-type:personal-access-token',
      subject_token: token,
      client_id: client.id
    })
  t.match((await use()).json(), { scope: 'orders:read' })
  await row.getByRole('button', { name: 'Delete: <b>nightly</b>' }).click()
  const deletion = dialog(tab, /Delete/)
  await deletion.getByText('You cannot undo this.').waitFor()
  await deletion.getByRole('button', { name: 'Delete' }).click()
  await status(tab, 'Deleted the token <b>nightly</b>.')
  await tab.locator('h1:focus').waitFor()
  t.strictSame(await tokens(), [])
  t.equal((await use()).statusCode, 400)
})

t.test('a login that lacks scopes of the account says so, and another login gets them', { skip }, async t => {
  const { tab, tokens } = await openTokens(t)
  await tab
    .getByText('Your login lacks some scopes of your account, so a token cannot have them: stock:read.')
    .waitFor()
  await tab.getByRole('button', { name: 'Sign in again' }).click()
  await dialog(tab, 'Sign in again').waitFor()
  await logInOn(tab, 'carol')
  await dialog(tab, 'Sign in again').waitFor({ state: 'detached' })
  t.equal(await tab.getByText('Your login lacks').count(), 0)
  await create(tab).click()
  await dialog(tab).getByLabel('Name').fill('inventory')
  await dialog(tab).getByLabel('stock:read').check()
  await tab.keyboard.press('Enter')
  await dialog(tab, 'Token inventory').getByRole('button', { name: 'I have saved it' }).click()
  t.match(await tokens(), [{ scopes: ['stock:read'], resource: null }])
})

t.test('an old login proves itself in a dialog, and the token is created', { skip }, async t => {
  const { tab, clock, tokens } = await openTokens(t)
  clock.advance(601)
  await create(tab).click()
  await dialog(tab).getByLabel('Name').fill('nightly')
  await create(dialog(tab)).click()
  const prove = dialog(tab, 'Confirm that it is you')
  await prove.getByRole('button', { name: 'Cancel' }).click()
  await alert(tab, 'Cancelled. Nothing was changed.')
  t.strictSame(await tokens(), [])
  await create(dialog(tab)).click()
  await prove.getByLabel('Password').fill(password)
  await prove.getByRole('button', { name: 'Confirm' }).click()
  await dialog(tab, 'Token nightly').getByRole('button', { name: 'I have saved it' }).click()
  await status(tab, 'Created the token nightly.')
  t.match(await tokens(), [{ scopes: [] }])
  await tab.getByRole('row', { name: 'nightly' }).getByRole('cell', { name: 'None' }).waitFor()
})

t.test('an API that the server no longer has is named at its field', { skip }, async t => {
  const { tab, tokens } = await openTokens(t)
  await create(tab).click()
  await dialog(tab).getByLabel('Name').fill('nightly')
  const refusal = { detail: '', errors: [{ pointer: '/resource', detail: 'must be one of the protected_resources' }] }
  await tab.route('**/users/me/tokens', route => route.fulfill({ status: 400, json: refusal }), { times: 1 })
  await create(dialog(tab)).click()
  await dialog(tab).getByText('API must be one of the protected_resources.').waitFor()
  await tab.locator('select[name=resource]:focus').waitFor()
  t.strictSame(await tokens(), [])
})

t.test('an account without scopes of an API can only have a token that shows whose it is', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  await open('/account/tokens', 'bob')
  await create(tab).click()
  await dialog(tab).getByText('Your login has no scope of an API, so the token only shows whose it is.').waitFor()
  t.equal(await dialog(tab).getByRole('checkbox').count(), 0)
  t.equal(await dialog(tab).getByLabel('API').count(), 0, 'the server has no other API')
})

t.test('the activity names the token', { skip }, async t => {
  const { tab } = await openTokens(t)
  await create(tab).click()
  await dialog(tab).getByLabel('Name').fill('nightly')
  await dialog(tab).getByLabel('reports:read').check()
  await create(dialog(tab)).click()
  await dialog(tab, 'Token nightly').getByRole('button', { name: 'I have saved it' }).click()
  await tab.getByRole('link', { name: 'Activity' }).click()
  const row = tab.getByRole('row', { name: 'Personal access token created' })
  await row.getByText('token: nightly').waitFor()
  t.match(await row.textContent(), 'scopes: reports:read')
})

for (const colorScheme of themes)
  t.test(`the tokens break no rule of accessibility: ${colorScheme}`, { skip }, async t => {
    const { tab } = await openTokens(t, { context: { colorScheme, viewport: { width: 390, height: 844 } } })
    const check = async (name: string) => {
      t.strictSame(await violations(tab), [], name)
      t.notOk(await tab.evaluate('document.documentElement.scrollWidth > innerWidth'), `${name} scrolls not sideways`)
    }
    await tab.getByText('You have no personal access token.').waitFor()
    await check('no token')
    await create(tab).click()
    await dialog(tab).getByLabel('Name').fill('nightly')
    await check('form')
    await dialog(tab).getByLabel('reports:read').check()
    await dialog(tab).getByLabel('API').selectOption(api)
    await create(dialog(tab)).click()
    await dialog(tab).getByText('Scopes must not contain').waitFor()
    await check('fault')
    await dialog(tab).getByLabel('API').selectOption('Any')
    await create(dialog(tab)).click()
    await dialog(tab, 'Token nightly').waitFor()
    await check('token')
    await tab.getByRole('button', { name: 'I have saved it' }).click()
    await tab.getByRole('row', { name: 'nightly' }).waitFor()
    await check('list')
  })
