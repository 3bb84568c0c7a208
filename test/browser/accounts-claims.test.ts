import type { Page } from 'playwright-core'
import t from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { createUser } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, type ConsoleWorld, openConsole, status, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const claims = { roles: ['editor'], tenant: 'acme', limits: { seats: 12, region: 'eu' } }
const field = (tab: Page) => tab.getByLabel('Claims as JSON')
const save = (tab: Page) => tab.getByRole('button', { name: 'Save the claims' }).click()

/** Gives bob claims, and opens the page of his account. */
async function openBob({ app, open }: ConsoleWorld, username = 'alice') {
  const { id: by } = await app.userAdmin.byIdOrName('alice')
  const { id } = await app.userAdmin.byIdOrName('bob')
  const change = (claims: Record<string, unknown>) =>
    app.userAdmin.update(id, { claims }, { actor: by, scopes: adminScopes })
  await change(claims)
  await open(`/accounts/${id}`, username)
  return { id, change, now: async () => (await app.userAdmin.byId(id)).claims }
}

t.test('claims are changed, removed and restored', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab } = world
  const bob = await openBob(world)
  t.strictSame(JSON.parse(await field(tab).inputValue()), claims)
  await tab.getByText('reaches access tokens at the next refresh, and introspection at once').waitFor()

  const changed = { roles: ['editor', 'admin'], limits: { region: 'us' } }
  await field(tab).fill(JSON.stringify(changed))
  await save(tab)
  await status(tab, 'Saved the claims of bob. Access tokens have them from the next refresh on.')
  t.strictSame(await bob.now(), changed, 'without the members that the text has no more')
  await tab.getByRole('cell', { name: 'Claims changed' }).nth(1).waitFor()

  await tab.getByRole('button', { name: 'Undo' }).click()
  await status(tab, 'Undone.')
  t.strictSame(await bob.now(), claims)
  t.strictSame(JSON.parse(await field(tab).inputValue()), claims)

  await save(tab)
  await status(tab, 'Nothing has changed.')

  let release = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  await tab.route('**/users/*', async route => {
    if (route.request().method() === 'PATCH') await released
    await route.continue()
  })
  await field(tab).fill('{"tenant": "acme"}')
  const sent = tab.waitForRequest(request => request.method() === 'PATCH')
  await save(tab)
  await sent
  await field(tab).fill('{}')
  release()
  await status(tab, 'Saved the claims of bob.')
  t.strictSame(await bob.now(), { tenant: 'acme' })
  t.equal(await field(tab).inputValue(), '{}', 'what was typed while it was sent stays')
  await tab.unroute('**/users/*')
  await save(tab)
  await status(tab, 'Saved the claims of bob.')
  t.strictSame(await bob.now(), {})
})

t.test('claims that another administrator has changed are not overwritten', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab } = world
  const bob = await openBob(world)
  const mine = '{ "roles": [], "team": "print" }'
  await field(tab).fill(mine)
  await bob.change({ tenant: 'globex' })
  await save(tab)
  await alert(tab, 'The account was changed elsewhere since you opened it. Your text is not saved')
  await tab.locator('[role=alert]:focus').waitFor()
  t.equal(await field(tab).inputValue(), mine, 'nothing typed is lost')
  t.strictSame(JSON.parse(String(await tab.locator('.json pre').textContent())), { ...claims, tenant: 'globex' })
  t.strictSame(await bob.now(), { ...claims, tenant: 'globex' })

  await bob.change({ tenant: 'initech' })
  await save(tab)
  await tab.locator('.json pre').filter({ hasText: 'initech' }).waitFor()
  await alert(tab, 'The account was changed elsewhere')
  await save(tab)
  await status(tab, 'Saved the claims of bob.')
  t.strictSame(await bob.now(), JSON.parse(mine), 'the text that the person saw beside it')
  t.equal(await tab.locator('.json pre').count(), 0)
})

t.test('what is no JSON of an object is not sent, and the place is named', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab } = world
  const bob = await openBob(world)
  await tab.route('**/users/*', route => (route.request().method() === 'PATCH' ? t.fail('sent') : route.continue()))
  for (const [text, sentence] of [
    ['{\n  "roles": ["editor"]\n  "tenant": 1\n}', 'Claims as JSON stops being JSON at line 3, column 3.'],
    ['["editor"]', 'Claims as JSON must be an object in braces; {} is an empty one.']
  ] as const) {
    await field(tab).fill(text)
    await save(tab)
    await tab.getByText(sentence).waitFor()
    await becomes(t, () => field(tab).getAttribute('aria-invalid'), 'true')
    await tab.locator('textarea[name=claims]:focus').waitFor()
    await becomes(t, () => field(tab).inputValue(), text)
  }
  t.strictSame(await bob.now(), claims)
})

t.test('a refused claim is named at the field', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab } = world
  const bob = await openBob(world)
  await field(tab).fill('{\n  "tenant": "acme",\n  "iss": "me"\n}')
  await save(tab)
  await tab.getByText('is refused: iss is a claim with another purpose; choose another name.').waitFor()
  await tab.locator('textarea[name=claims]:focus').waitFor()
  t.strictSame(await bob.now(), claims)

  await tab.route('**/users/*', route =>
    route.request().method() === 'PATCH'
      ? route.fulfill({ status: 429, headers: { 'retry-after': '30' } })
      : route.continue()
  )
  await save(tab)
  await alert(tab, 'Too many attempts. Try again in 30 seconds.')
})

t.test('claims and data are shown to a login without users:write, which cannot change them', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { app, tab, open } = world
  await createUser(app, 'carol', ['me', 'users:read'])
  await openBob(world, 'carol')
  await tab.locator('pre').filter({ hasText: '"tenant": "acme"' }).waitFor()
  t.equal(await tab.getByRole('heading', { name: 'Data', exact: true }).count(), 0, 'of an account without data')
  t.equal(await tab.locator('textarea').count(), 0)
  const { id } = await app.users.register(
    { username: 'dave', password: 'purple monkey dishwasher', data: { theme: '<img src=x onerror=alert(1)>' } },
    {}
  )
  await open(`/accounts/${id}`)
  await tab.locator('pre').filter({ hasText: '<img src=x onerror=alert(1)>' }).waitFor()
})

for (const colorScheme of themes)
  t.test(`the claims break no rule of accessibility: ${colorScheme}`, { skip }, async t => {
    const viewport = { width: 390, height: 844 }
    const world = await openConsole(t, browser(), { context: { colorScheme, viewport } })
    const { tab } = world
    const bob = await openBob(world)
    await field(tab).fill('{"roles": "editor"}')
    await save(tab)
    await tab.getByText('is refused: roles').waitFor()
    t.strictSame(await violations(tab), [])
    await field(tab).fill('{"roles": ["editor"]}')
    await bob.change({ tenant: 'globex' })
    await save(tab)
    await alert(tab, 'The account was changed elsewhere')
    t.strictSame(await violations(tab), [])
    t.notOk(await tab.evaluate('document.documentElement.scrollWidth > innerWidth'), 'nothing scrolls sideways')
  })
