import t, { type Test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createUser, logIn, password } from '../support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { openConsole, status } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** The page of carol, who has two tokens, as `username` sees it. The administrator alice has the same scopes. */
async function openCarol(t: Test, username = 'alice') {
  const world = await openConsole(t, browser(), { settings: { scopes: ['reports:read'] } })
  const { app, tab } = world
  const alice = await app.userAdmin.byIdOrName('alice')
  await app.userAdmin.update(alice.id, { scopes: [...alice.scopes, 'reports:read'] }, {})
  await createUser(app, 'reader', ['me', 'users:read'])
  const { id } = await createUser(app, 'carol', ['me', 'reports:read'])
  const call = callWith(app, (await logIn(app, { username: 'carol' })).access_token)
  for (const name of ['nightly', '<i>weekly</i>']) await call('POST', '/users/me/tokens', { name })
  await world.open(`/accounts/${id}`, username)
  const part = tab
    .locator('main section', { has: tab.getByRole('heading', { name: 'Personal access tokens' }) })
    .first()
  await part.getByRole('row', { name: 'nightly' }).getByRole('cell', { name: 'reports:read' }).waitFor()
  return { ...world, part, tokens: () => app.personalTokens.list({ id }) }
}

t.test('an administrator deletes a token of an account, with a recent login', { skip }, async t => {
  const { tab, part, tokens, clock } = await openCarol(t)
  clock.advance(601)
  await part.getByRole('button', { name: 'Delete: <i>weekly</i>' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  const prove = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  await prove.getByLabel('Password').fill(password)
  await prove.getByRole('button', { name: 'Confirm' }).click()
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

t.test('to disable an account with tokens, an administrator confirms that they are deleted', { skip }, async t => {
  const { app, tab, part, tokens } = await openCarol(t)
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

t.test('an administrator who may only read deletes no token', { skip }, async t => {
  const { part, tokens } = await openCarol(t, 'reader')
  t.equal(await part.locator('button:not([aria-expanded])').count(), 0)
  t.equal((await tokens()).length, 2)
})
