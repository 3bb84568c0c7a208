import type { Page } from 'playwright-core'
import { createUser } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, type ConsoleWorld, openConsole, status } from '../support/console.ts'

const section = (tab: Page, name: string) =>
  tab.locator('section', { has: tab.getByRole('heading', { name, exact: true }) })

const figure = (tab: Page, name: string, inDay: number, inHour: number) =>
  tab.locator('dl.figures > div', { hasText: `${name}${inDay}${inHour} in the last hour` })

const hour = 3_600_000
/** Records failed logins, two of them of bob, and throttled ones two hours before. */
async function record({ app }: ConsoleWorld) {
  const bob = String((await app.db.users.byUsername('bob'))?.id)
  const detail = { reason: 'password' }
  const failed = app.auditEvents.event('login.failed', { ip: '192.0.2.7', detail })
  const throttled = app.auditEvents.event('throttle.refused', { detail: { counter: 'known' } })
  await app.db.audit.record(failed)
  for (let n = 0; n < 2; n++) await app.db.audit.record({ ...failed, subject: bob })
  await app.db.audit.record({ ...throttled, at: new Date(Date.now() - 2 * hour) })
  await app.db.audit.record({ ...throttled, at: new Date(Date.now() - 50 * hour) })
}

browserTest('The overview shows what happened and how the server is', async t => {
  // The labels of its times are the longest.
  const world = await openConsole(t, { settings: { docs: 'on' }, context: { locale: 'en-US' } })
  const { tab, app } = world
  await record(world)
  await world.open('/overview')
  for (const [name, inDay, inHour] of [
    ['Logins', 1, 1],
    ['Failed logins', 3, 3],
    ['Too many attempts', 1, 0],
    ['Other refusals', 0, 0]
  ] as const)
    await figure(tab, name, inDay, inHour).waitFor()
  // With three more: the first key, and two accounts.
  await tab.getByRole('img', { name: '8 events: 4 failed or refused, 1 login or refresh, 3 others' }).waitFor()
  for (const [name, value] of [
    ['Live logins', '1'],
    ['Mail', 'No message waits. SMTP_URL is not set.'],
    ['Signing key', '0 days old. Rotation is due on'],
    ['Passwords', '0 being hashed, 0 waiting (at most 32)']
  ] as const)
    await tab.locator('dl > div', { hasText: name }).getByText(value).waitFor()
  const disk = tab.locator('dl > div', { hasText: 'Disk' })
  await disk.getByText(/^[\d,.]+ [kMGT]B free of [\d,.]+ [kMGT]B$/).waitFor()
  await tab.getByText(/^SQLite, [\d.]+ [kM]B$/).waitFor()
  await tab.getByText('BCRYPT_COST is 4').waitFor()
  await tab.getByRole('link', { name: 'API docs' }).waitFor()
  await tab.getByText('Show as a table').click()
  await assertAccessible(t, tab, 'overview')
  await tab.setViewportSize({ width: 375, height: 800 })
  const room = await tab.evaluate(`document.querySelector('section:has(.plot)').getBoundingClientRect().right -
    Math.max(...Array.from(document.querySelectorAll('.plot tspan'), label => label.getBoundingClientRect().right))`)
  t.ok(Number(room) > 2, `${room} px are left beside the labels of the plot`)
  await tab.setViewportSize({ width: 1280, height: 720 })

  await app.db.audit.record(app.auditEvents.event('login.failed'))
  await tab.getByRole('button', { name: 'Refresh' }).click()
  await status(tab, 'Refreshed.')
  await figure(tab, 'Failed logins', 4, 4).waitFor()
  await tab.getByRole('img', { name: '9 events' }).waitFor()

  await tab.getByRole('link', { name: 'Overview' }).click()
  await tab.getByRole('link', { name: 'Failed logins', exact: true }).click()
  await tab.getByText('4 entries').waitFor()
  await becomes(t, () => tab.getByRole('row', { name: /wrong password.*bob.*192\.0\.2\.7/ }).count(), 2)
  await tab.getByRole('link', { name: 'Overview' }).click()
  await tab.getByRole('link', { name: '0 days old.' }).click()
  await tab.getByRole('heading', { name: 'Keys', level: 1 }).waitFor()
})

browserTest('The overview shows the nodes, among which another version and one that is gone stand out', async t => {
  const { app, open, tab, clock } = await openConsole(t)
  const { nodes } = app.db
  const [own] = await nodes.all()
  if (!own) return t.fail('there is none')
  const seenAt = new Date(clock.now().getTime() - 121_000)
  await nodes.renew({ ...own, id: app.clock.newId(), host: 'gone', seenAt })
  await nodes.renew({ ...own, id: app.clock.newId(), host: 'old', version: '0.0.1', seenAt: clock.now() })
  await open('/overview')
  const nodeOf = (host: string) => section(tab, 'Nodes').getByRole('row', { name: host })
  await nodeOf('gone').getByText('Not seen for 2 minutes').waitFor()
  await becomes(t, () => nodeOf('old').locator('.badge').textContent(), '0.0.1')
  t.equal(await nodeOf(own.host).locator('.badge').count(), 0)
})

browserTest('The overview is read again every 30 seconds while it is visible, and nothing of it moves', async t => {
  const world = await openConsole(t, { context: { viewport: { width: 1280, height: 900 } } })
  const { tab, app, clock } = world
  await tab.clock.install()
  await world.open('/overview')
  await figure(tab, 'Failed logins', 0, 0).waitFor()
  await tab.getByText('Show as a table').click()
  await tab.getByRole('link', { name: 'Failed logins', exact: true }).focus()
  await tab.evaluate(`window.scrollTo(0, 150)
    window.shifts = []
    new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(({ value }) => value)))
      .observe({ type: 'layout-shift' })`)
  const plot = await tab.locator('svg.plot').boundingBox()
  await app.db.audit.record(app.auditEvents.event('login.failed'))
  clock.advance(31)
  await tab.clock.fastForward(31_000)
  await figure(tab, 'Failed logins', 1, 1).waitFor()
  t.strictSame(await tab.locator('svg.plot').boundingBox(), plot)
  t.equal(await tab.evaluate('window.scrollY'), 150)
  t.equal(await tab.locator('details').evaluate(details => (details as unknown as { open: boolean }).open), true)
  // Two frames later, every shift has been reported.
  await tab.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
  t.strictSame(await tab.evaluate('window.shifts'), [])
  await becomes(t, () => tab.locator('main a:focus').textContent(), 'Failed logins')
  t.equal(await tab.getByRole('status').textContent(), '')

  await tab.context().setOffline(true)
  await tab.clock.fastForward(31_000)
  await alert(tab, 'Cannot reach the server.')
  await figure(tab, 'Failed logins', 1, 1).waitFor()
  await tab.context().setOffline(false)
  await tab.clock.fastForward(31_000)
  await tab.getByText('Cannot reach the server.').waitFor({ state: 'detached' })

  await tab.evaluate(`Object.defineProperty(document, 'visibilityState', { value: 'hidden' })`)
  let requests = 0
  tab.on('request', () => requests++)
  await tab.clock.fastForward(120_000)
  t.equal(requests, 0)
})

browserTest('The overview says why it cannot be read, and when there is nothing to change', async t => {
  const { app, tab, open, context } = await openConsole(t, { settings: { docs: 'off' } })
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
  await becomes(t, () => tab.getByRole('link', { name: 'API docs' }).count(), 0, 'which the server does not have')
})

browserTest('The overview of a new server says what to do next, and leaves out what is empty', async t => {
  const { app, tab, open, url } = await openConsole(t)
  const isUnread = ({ pathname }: URL) => pathname === '/overview'
  await tab.route(isUnread, async route => {
    const response = await route.fetch()
    await route.fulfill({ response, json: { ...(await response.json()), accounts: 10_000 } })
  })
  await open('/overview')
  await tab.getByRole('link', { name: '10,000 accounts or more' }).waitFor()
  await becomes(
    t,
    () => tab.getByRole('heading', { level: 2 }).allTextContents().then(String),
    'Findings of doctor,The last 24 hours,Events,Server'
  )
  await tab.unrouteAll()
  await tab.getByRole('button', { name: 'Refresh' }).click()
  const steps = section(tab, 'First steps')
  await steps.getByText(`curl ${url}/token`).waitFor()
  for (const name of ['JavaScript', 'React', 'Fastify', 'Python']) {
    await steps.getByRole('button', { name, exact: true }).click()
    await steps.getByRole('button', { name: `Copy: ${name}` }).waitFor()
    t.match(await steps.locator('pre').textContent(), url)
  }
  await assertAccessible(t, tab, 'first steps')
  await steps.getByRole('link', { name: 'Server' }).click()
  await tab.getByRole('checkbox', { name: 'client_credentials' }).waitFor()
  t.equal(await tab.getByRole('radio', { name: 'Confidential' }).isChecked(), true)
  const checked = 'main :checked[type=checkbox]'
  t.strictSame(
    await tab.locator(checked).evaluateAll(boxes => boxes.map(box => (box as unknown as { name: string }).name)),
    ['grants client_credentials', 'scopes introspect']
  )

  await createUser(app, 'carol')
  await app.clientAdmin.create({ name: 'web', confidential: false, grants: ['password'], scopes: ['me'] })
  await open('/overview')
  await section(tab, 'Server').waitFor()
  t.equal(await steps.count(), 0)
})
