import { createUser } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, openConsole, status } from '../support/console.ts'

browserTest('The page shows the keys, rotates them, and replaces a leaked one', async t => {
  const { tab, app, open, clock } = await openConsole(t)
  await open('/keys')
  const row = (state: string) => tab.getByRole('row', { name: state })
  await tab.getByRole('button', { name: 'Rotate' }).click()
  const answer = { status: 429, headers: { 'retry-after': '30' }, json: {} }
  await tab.route('**/keys/rotate', route => route.fulfill(answer), { times: 1 })
  await tab.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
  await alert(tab, 'Too many attempts. Try again in 30 seconds.')
  await tab.keyboard.press('Escape')

  const press = async (name: string) => {
    await tab.getByRole('button', { name, exact: true }).click()
    await tab.getByRole('dialog').getByRole('button', { name, exact: true }).click()
  }
  const [first] = await app.keys.list()
  await row('Current Signs new tokens.').getByText(String(first?.kid), { exact: true }).waitFor()

  await press('Rotate')
  await status(tab, /^The new key signs from .+ on; until then, the old one does. Every login continues.$/)
  t.match(await app.keys.list(), [{ state: 'signs' }, { state: 'published' }])
  await row('Next Signs from').waitFor()
  await assertAccessible(t, tab, 'keys')
  await row('Current Signs new tokens until the next key takes over').waitFor()

  clock.advance(400)
  await app.keys.maintain()
  await open('/keys')
  await row('Former No longer signs; verifies until').waitFor()

  await press('Replace at once')
  await status(tab, 'signs now. Tokens of the old key are still accepted')
  t.match(await app.keys.list(), [{ state: 'verifies' }, { state: 'verifies' }, { state: 'signs' }])
  await row('Former').nth(1).waitFor()

  clock.advance(86_400)
  await open('/keys')
  await row('Expired Left the JWKS on').nth(1).waitFor()
  const [jwks] = await Promise.all([
    tab.waitForResponse('**/.well-known/jwks.json'),
    tab.getByRole('link', { name: 'Open the JWKS' }).click()
  ])
  t.equal((await jwks.json()).keys.length, 1)
})

browserTest('A dialog without fields begins at its title, not at the button that cannot be undone', async t => {
  const { tab, app, open } = await openConsole(t)
  await open('/keys')
  const button = tab.getByRole('button', { name: 'Replace at once' })
  await button.focus()
  await tab.keyboard.press('Enter')
  const dialog = tab.getByRole('dialog')
  await becomes(t, () => dialog.locator(':focus').textContent(), 'Replace at once')
  await becomes(t, () => dialog.locator('h2:focus').count(), 1)
  await dialog.getByText('The old key is still accepted').waitFor()
  await assertAccessible(t, tab, 'dialog')
  await tab.keyboard.press('Enter')
  await tab.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  t.equal((await app.keys.list()).length, 1)
  await tab.locator('button:focus', { hasText: 'Replace at once' }).waitFor()
})

browserTest('An administrator who may only read the keys is offered nothing else', async t => {
  const { tab, app, open, context } = await openConsole(t)
  await createUser(app, 'reader', ['me', 'keys:read'])
  await open('/keys', 'reader')
  await tab.getByText('Signs new tokens.').waitFor()
  t.equal(await tab.getByRole('button', { name: /Rotate|Replace/ }).count(), 0)
  const outside = await context.newPage()
  await open('/keys', 'bob', outside)
  await alert(outside, 'Your account may not do this. The access token lacks the scope keys:read.')
  t.equal(await outside.getByRole('link', { name: 'Keys' }).count(), 0)
})
