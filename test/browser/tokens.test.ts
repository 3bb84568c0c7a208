import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createUser, logIn, password, postForm } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, logInOn, openConsole, status } from '../support/console.ts'

const api = 'https://api.example.com'
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const create = (within: Page | Locator) => within.getByRole('button', { name: 'Create a token' })
const dialog = (page: Page, name: string | RegExp = 'Create a token') => page.getByRole('dialog', { name })

/** The tokens of carol, whose account has two scopes that the settings list, and one that they do not. */
async function openTokens(t: Test) {
  const settings = { scopes: ['reports:read'], resources: [`${api} orders:read`] }
  const world = await openConsole(t, { settings })
  const { id } = await createUser(world.app, 'carol', ['me', 'reports:read', 'orders:read', 'stock:read'])
  await world.open('/account/tokens', 'carol')
  const tokens = async () => await world.app.personalTokens.list({ id })
  return { ...world, id, tokens }
}

browserTest('An owner creates a personal access token, sees it once, and deletes it', async t => {
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
  await becomes(t, () => dialog(tab).getByRole('checkbox', { checked: true }).count(), 0)
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
  await becomes(t, () => dialog(tab).getByLabel('Lifetime').inputValue(), String(30 * 86_400), 'nothing chosen is lost')
  await assertAccessible(t, tab, 'fault')
  await create(dialog(tab)).click()

  const shown = dialog(tab, 'Token <b>nightly</b>')
  await shown.getByText('It is not shown again').waitFor()
  await assertAccessible(t, tab, 'token')
  const token = String(await shown.getByRole('code').textContent())
  await tab.keyboard.press('Escape')
  await shown.getByRole('button', { name: 'Copy' }).click()
  await shown.getByText('Copied.').waitFor()
  await becomes(t, () => tab.evaluate('navigator.clipboard.readText()'), token)
  await shown.getByRole('button', { name: 'I have saved it' }).click()
  await status(tab, 'Created the token <b>nightly</b>.')
  await assertAccessible(t, tab, 'list')
  t.notMatch(await tab.content(), token)
  await tab.getByRole('link', { name: 'Activity' }).click()
  const entry = tab.getByRole('row', { name: 'Personal access token created' })
  await entry.getByText('token: <b>nightly</b>').waitFor()
  t.match(await entry.textContent(), 'scopes: orders:read')
  await tab.goBack()

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

browserTest('A login that lacks scopes of the account says so, and another login gets them', async t => {
  const { tab, tokens } = await openTokens(t)
  await tab
    .getByText('Your login lacks some scopes of your account, so a token cannot have them: stock:read.')
    .waitFor()
  await tab.getByRole('button', { name: 'Sign in again' }).click()
  await dialog(tab, 'Sign in again').waitFor()
  await logInOn(tab, 'carol')
  await dialog(tab, 'Sign in again').waitFor({ state: 'detached' })
  await becomes(t, () => tab.getByText('Your login lacks').count(), 0)
  await create(tab).click()
  await dialog(tab).getByLabel('Name').fill('inventory')
  await dialog(tab).getByLabel('stock:read').check()
  await tab.keyboard.press('Enter')
  await dialog(tab, 'Token inventory').getByRole('button', { name: 'I have saved it' }).click()
  t.match(await tokens(), [{ scopes: ['stock:read'], resource: null }])
})

browserTest('An old login proves itself in a dialog, and the token is created', async t => {
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

browserTest('An API that the server no longer has is named at its field', async t => {
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

browserTest('An account without scopes of an API can only have a token that shows whose it is', async t => {
  const { tab, open } = await openConsole(t)
  await open('/account/tokens', 'bob')
  await create(tab).click()
  await dialog(tab).getByText('Your login has no scope of an API, so the token only shows whose it is.').waitFor()
  await becomes(t, () => dialog(tab).getByRole('checkbox').count(), 0)
  await becomes(t, () => dialog(tab).getByLabel('API').count(), 0, 'the server has no other API')
})

/** The page of the account of carol, who has two tokens. The administrator alice has the same scopes. */
async function openAccount(t: Test) {
  const world = await openConsole(t, { settings: { scopes: ['reports:read'] } })
  const { app, tab } = world
  const alice = await app.userAdmin.byIdOrName('alice')
  await app.userAdmin.update(alice.id, { scopes: [...alice.scopes, 'reports:read'] }, {})
  const { id } = await createUser(app, 'carol', ['me', 'reports:read'])
  const call = callWith(app, (await logIn(app, { username: 'carol' })).access_token)
  for (const name of ['nightly', '<i>weekly</i>']) await call('POST', '/users/me/tokens', { name })
  await world.open(`/accounts/${id}`)
  const part = tab
    .locator('main section', { has: tab.getByRole('heading', { name: 'Personal access tokens' }) })
    .first()
  await part.getByRole('row', { name: 'nightly' }).getByRole('cell', { name: 'reports:read' }).waitFor()
  return { ...world, part, tokens: () => app.personalTokens.list({ id }) }
}

browserTest('An administrator deletes the tokens of an account', async t => {
  const { tab, part, tokens } = await openAccount(t)
  await part.getByRole('button', { name: 'Delete: <i>weekly</i>' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await status(tab, 'Deleted the token <i>weekly</i>.')
  await part.getByRole('row', { name: '<i>weekly</i>' }).waitFor({ state: 'detached' })
  t.match(await tokens(), [{ name: 'nightly' }])
  await tab.getByRole('cell', { name: 'Personal access token deleted' }).waitFor()
  await tab.getByRole('cell', { name: 'token: nightly' }).waitFor()

  await part.getByRole('button', { name: 'Delete: nightly' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await part.getByText('The account has no personal access token.').waitFor()
  t.strictSame(await tokens(), [])
})

browserTest('To disable an account with tokens, an administrator confirms that they are deleted', async t => {
  const { app, tab, part, tokens } = await openAccount(t)
  await tab.getByRole('button', { name: 'Disable: carol' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Disable: carol' })
  await dialog.getByText('Disabling deletes personal access tokens, and enabling does not restore them.').waitFor()
  await dialog.getByRole('button', { name: 'Disable' }).click()
  await status(tab, 'Disabled carol')
  await part.getByText('The account has no personal access token.').waitFor()
  t.strictSame(await tokens(), [])
  await tab.getByRole('button', { name: 'Enable: carol' }).click()
  await status(tab, 'Enabled carol.')
  t.equal((await app.userAdmin.byIdOrName('carol')).disabled, false)
})
