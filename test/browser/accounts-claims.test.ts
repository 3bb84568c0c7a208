import type { Page } from 'playwright-core'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { createUser } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, type ConsoleWorld, openConsole, status } from '../support/console.ts'

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

browserTest('Claims are changed, removed and restored', async t => {
  const world = await openConsole(t)
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

browserTest('Claims that another administrator has changed are not overwritten', async t => {
  const world = await openConsole(t)
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
  await assertAccessible(t, tab, 'a change elsewhere')

  await bob.change({ tenant: 'initech' })
  await save(tab)
  await tab.locator('.json pre').filter({ hasText: 'initech' }).waitFor()
  await alert(tab, 'The account was changed elsewhere')
  await save(tab)
  await status(tab, 'Saved the claims of bob.')
  t.strictSame(await bob.now(), JSON.parse(mine), 'the text that the person saw beside it')
  t.equal(await tab.locator('.json pre').count(), 0)
})

browserTest('A text that is no JSON of an object is not sent, and a refused claim is named at the field', async t => {
  const world = await openConsole(t)
  const { tab } = world
  const bob = await openBob(world)
  const sent: string[] = []
  tab.on('request', request => void (request.method() === 'PATCH' && sent.push(request.url())))
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
  t.strictSame(sent, [])

  await field(tab).fill('{\n  "tenant": "acme",\n  "iss": "me"\n}')
  await save(tab)
  await tab.getByText('is refused: iss is a claim with another purpose; choose another name.').waitFor()
  await tab.locator('textarea[name=claims]:focus').waitFor()
  await assertAccessible(t, tab, 'a refused claim')
  t.strictSame(await bob.now(), claims)
})

browserTest('Claims and data are shown to a login without users:write, which cannot change them', async t => {
  const world = await openConsole(t)
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
