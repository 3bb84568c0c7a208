import t from 'tap'
import { createUser } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, type ConsoleWorld, openConsole, status, themes } from '../support/console.ts'
import { engines } from '../support/engines.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

const hour = 3_600_000
/** Records failed logins, and throttled ones two hours before. */
async function record({ app }: ConsoleWorld) {
  const [failed, throttled] = [app.auditEvents.event('login.failed'), app.auditEvents.event('throttle.refused')]
  for (let n = 0; n < 3; n++) await app.db.audit.record(failed)
  await app.db.audit.record({ ...throttled, at: new Date(Date.now() - 2 * hour) })
  await app.db.audit.record({ ...throttled, at: new Date(Date.now() - 50 * hour) })
}

for (const engine of engines)
  t.test(`${engine}: shows what happened and how the server is`, { skip }, async t => {
    const world = await openConsole(t, browser(), { engine })
    const { tab, url, app } = world
    await record(world)
    await world.open('/overview')
    for (const name of ['Logins 1 1', 'Failed attempts 3 3', 'Throttled attempts 0 1'])
      await tab.getByRole('row', { name }).waitFor()
    await tab.getByText('This process has refreshed logins 0 times since it started').waitFor()
    // With three more: the first key, and two accounts.
    await tab.getByRole('img', { name: '8 events: 4 failed or refused, 1 login or refresh, 3 others' }).waitFor()
    for (const [name, value] of [
      ['Live logins', '1'],
      ['Passwords', '0 being hashed, 0 waiting (at most 32)'],
      ['Node.js', process.version]
    ] as const)
      await tab.locator('dl > div', { hasText: name }).getByText(value, { exact: true }).waitFor()
    await tab.getByText(engine === 'sqlite' ? /^SQLite, [\d.]+ [kM]B$/ : /^PostgreSQL, [\d.]+ MB$/).waitFor()
    await tab.getByText('BCRYPT_COST is 4').waitFor()

    await tab.getByRole('link', { name: '30 days' }).click()
    await tab.getByRole('img', { name: '9 events' }).waitFor()
    t.equal(tab.url(), `${url}/console/overview?range=month`)
    await app.db.audit.record(app.auditEvents.event('login.failed'))
    await tab.getByRole('button', { name: 'Refresh' }).click()
    await status(tab, 'Refreshed.')
    await tab.getByRole('row', { name: 'Failed attempts 4 4' }).waitFor()
    await tab.getByRole('img', { name: '10 events' }).waitFor()

    await tab.getByText('Show as a table').click()
    await tab.locator('details a').first().click()
    await tab.getByRole('heading', { name: 'Audit trail', level: 1 }).waitFor()
  })

t.test('reads itself again every 30 seconds while it is visible, and leaves the focus alone', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, app } = world
  await tab.clock.install()
  await world.open('/overview')
  await tab.getByRole('row', { name: 'Failed attempts 0 0' }).waitFor()
  await tab.getByRole('link', { name: '24 hours' }).focus()
  await app.db.audit.record(app.auditEvents.event('login.failed'))
  await tab.clock.fastForward(31_000)
  await tab.getByRole('row', { name: 'Failed attempts 1 1' }).waitFor()
  t.equal(await tab.locator('nav a:focus').textContent(), '24 hours')
  t.equal(await tab.getByRole('status').textContent(), '')

  await tab.evaluate(`Object.defineProperty(document, 'visibilityState', { value: 'hidden' })`)
  let requests = 0
  tab.on('request', () => requests++)
  await tab.clock.fastForward(120_000)
  t.equal(requests, 0)
})

t.test('says why it cannot be read, and when there is nothing to change', { skip }, async t => {
  const { app, tab, open, context } = await openConsole(t, browser())
  await createUser(app, 'carol', ['me', 'clients:read'])
  await open('/overview', 'carol')
  await alert(tab, 'Your account may not do this.')
  await tab.getByRole('button', { name: 'Sign out' }).click()

  const overview = (url: URL) => url.pathname === '/overview'
  await tab.route(overview, route => route.fulfill({ status: 503 }))
  await open('/overview')
  await alert(tab, 'The server is busy or cannot reach its database. Try again soon.')
  await tab.unrouteAll()
  await tab.getByRole('button', { name: 'Try again' }).click()
  await tab.getByText('BCRYPT_COST is 4').waitFor()
  await context.setOffline(true)
  await tab.getByRole('button', { name: 'Refresh' }).click()
  await alert(tab, 'Cannot reach the server.')
  await tab.getByText('BCRYPT_COST is 4').waitFor()
  await context.setOffline(false)

  await tab.route(overview, async route => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), findings: [] } })
  })
  await tab.getByRole('button', { name: 'Refresh' }).click()
  await tab.getByText('The settings need no change. The command sallyport doctor checks more').waitFor()
})

t.test('links to the API docs, unless the server has none', { skip }, async t => {
  for (const [docs, count] of [
    ['on', 1],
    ['off', 0]
  ] as const) {
    const { open, tab } = await openConsole(t, browser(), { settings: { docs } })
    const metadata = tab.waitForResponse(/oauth-authorization-server/)
    await open('/overview')
    await (await metadata).finished()
    await tab.getByText('BCRYPT_COST is 4').waitFor()
    t.equal(await tab.getByRole('link', { name: 'API docs' }).count(), count)
  }
})

for (const colorScheme of themes)
  t.test(`has no violation that axe finds, ${colorScheme}`, { skip }, async t => {
    const world = await openConsole(t, browser(), { context: { colorScheme } })
    await record(world)
    await world.open('/overview')
    await world.tab.locator('canvas').waitFor()
    await world.tab.getByText('Show as a table').click()
    t.strictSame(await violations(world.tab), [])
  })
