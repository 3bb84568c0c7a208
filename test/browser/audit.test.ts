import { createUser } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, type ConsoleWorld, logInOn, openConsole, status } from '../support/console.ts'
import { execute, recordMany } from '../support/store.ts'

/** Records events about bob, the newest `minutes` ago. */
async function record({ app }: ConsoleWorld, action: 'login.failed' | 'user.updated', count: number, minutes = 0) {
  const bob = await app.db.users.byUsername('bob')
  const about = { subject: String(bob?.id), clientId: 'first-party', ip: '192.0.2.1', detail: { reason: 'password' } }
  const event = app.auditEvents.event(action, about)
  const newest = Date.now() - minutes * 60_000
  for (let n = 0; n < count; n++) await app.db.audit.record({ ...event, at: new Date(newest - n) })
}

const field = ({ tab }: ConsoleWorld, name: string) => tab.getByLabel(name, { exact: true })
const unfold = ({ tab }: Pick<ConsoleWorld, 'tab'>) => tab.locator('summary').first().click()
const show = ({ tab }: ConsoleWorld) => tab.getByRole('button', { name: 'Show the events' }).click()

browserTest('The audit trail is searched by every filter, which the address keeps', async t => {
  const world = await openConsole(t)
  const { tab, url, app } = world
  await record(world, 'login.failed', 3)
  await record(world, 'user.updated', 2, 90)
  await world.open('/audit')
  // Those, the first key, two accounts, and the login.
  await tab.getByText('9 entries').waitFor()

  await unfold(world)
  await field(world, 'Time').selectOption('hour')
  await field(world, 'Action').selectOption({ label: 'Login refused' })
  await field(world, 'About').fill('Bob')
  await field(world, 'Client').fill('first-party')
  await field(world, 'IP address').fill('192.0.2.1')
  await show(world)
  await tab.getByText('3 entries').waitFor()
  const bob = await app.db.users.byUsername('bob')
  const search = `?range=hour&action=login.failed&subject=${bob?.id}&client_id=first-party&ip=192.0.2.1`
  t.equal(tab.url(), `${url}/console/audit${search}`)
  const set = 'Last hour · Login refused · About: bob · Client: first-party · IP address: 192.0.2.1'
  await tab.locator('summary:focus', { hasText: set }).waitFor()
  await tab.getByText('The server counts events by time and action only.').waitFor()

  await tab.goBack()
  await tab.getByText('9 entries').waitFor()
  t.equal(await field(world, 'About').inputValue(), '')
  await tab.goForward()
  await tab.getByText('3 entries').waitFor()
  await becomes(t, () => field(world, 'About').inputValue(), bob?.id)
  await tab.getByRole('link', { name: 'Clear the filters' }).click()
  await tab.getByText('9 entries').waitFor()

  await unfold(world)
  await field(world, 'Action').selectOption('Another action …')
  await field(world, 'Name of the action').fill('user.updated')
  await field(world, 'By').fill('mallory')
  await show(world)
  await tab.getByText('No account is named mallory.').waitFor()
  await tab.locator('input[name=actor]:focus').waitFor()
  await field(world, 'By').fill('')
  await show(world)
  await tab.getByText('2 entries').waitFor()
  await becomes(t, () => field(world, 'Action').inputValue(), 'user.updated')

  await tab.getByRole('link', { name: 'Clear the filters' }).click()
  await tab.getByRole('button', { name: 'Signed in' }).click()
  await tab.getByRole('link', { name: 'Only this login' }).click()
  await tab.getByText('1 entry').waitFor()
  t.match(await field(world, 'Login').inputValue(), /^[\da-f-]{36}$/)
})

browserTest('The page shows when events happened, in words, as bars and as a table', async t => {
  const world = await openConsole(t)
  const { tab } = world
  await record(world, 'login.failed', 3, 5 * 60)
  await world.open('/audit?action=login.failed')
  const words = /^3 events: 3 failed or refused, 0 logins and refreshes, 0 others\. Time: /
  await tab.getByText(words).waitFor()
  await tab.getByRole('img', { name: words }).waitFor()

  await tab.getByText('Show as a table').click()
  const row = tab.getByRole('row', { name: '3 0 0 3' })
  await row.waitFor()
  await assertAccessible(t, tab, 'table')
  await row.getByRole('link').press('Enter')
  await tab.getByText('3 entries').waitFor()
  const { searchParams } = new URL(tab.url())
  const [since, until] = ['since', 'until'].map(name => Date.parse(String(searchParams.get(name))))
  t.equal(Number(until) - Number(since), 3_600_000, 'the link of a row leads to its hour')
  t.equal(searchParams.get('action'), 'login.failed')

  await unfold(world)
  await field(world, 'To').fill('2020-01-01T00:00')
  await show(world)
  await tab.getByText('The end must be later than the beginning.').waitFor()
  await field(world, 'From').fill('2019-12-31T00:00')
  await show(world)
  await tab.getByText('No event matches.').waitFor()
  await tab.getByText('Nothing happened in this time.').waitFor()
})

browserTest('An event opens by the keyboard, and is text whatever it contains', async t => {
  const world = await openConsole(t)
  const { tab, app } = world
  const evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
  const [subject, actor] = [`${evil} subject`, `${evil} actor`]
  const event = app.auditEvents.event('user.updated', {
    subject,
    actor,
    ip: evil,
    detail: { [evil]: 'javascript:alert(1)' }
  })
  await app.db.audit.record({ ...event, clientId: `c_${evil}` })
  await world.open('/audit?action=user.updated')

  const opener = tab.getByRole('button', { name: 'Account changed' })
  await opener.press('Enter')
  const dialog = tab.getByRole('dialog', { name: 'Account changed' })
  for (const text of [subject, actor, evil, `c_${evil}`, 'javascript:alert(1)'])
    await dialog.getByText(text, { exact: true }).first().waitFor()
  t.equal(await tab.locator('img, main script').count(), 0)
  await tab.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await becomes(t, () => tab.locator('td button:focus').count(), 1)

  await opener.press('Enter')
  await assertAccessible(t, tab, 'event')
  await dialog.getByRole('link', { name: 'Only this address' }).click()
  t.equal(new URL(tab.url()).searchParams.get('ip'), evil)
  await tab.getByText('1 entry').waitFor()

  await createUser(app, evil)
  await tab.getByRole('link', { name: 'Clear the filters' }).click()
  await tab.getByRole('link', { name: evil, exact: true }).waitFor()
})

browserTest('An open event has an address, which opens it for another person at any time', async t => {
  const world = await openConsole(t)
  const { tab, url, context } = world
  await record(world, 'login.failed', 1, 90)
  await world.open('/audit?action=login.failed')
  const opener = tab.getByRole('button', { name: 'Login refused: wrong password' })
  await opener.waitFor()
  let reads = 0
  await tab.route('**/audit?*', route => {
    reads++
    return route.continue()
  })
  await opener.click()
  const dialog = tab.getByRole('dialog', { name: 'Login refused: wrong password' })
  await dialog.waitFor()
  const address = tab.url()
  t.match(new URL(address).searchParams.get('event'), /^\d+_\d{4}-/)
  await tab.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  t.equal(tab.url(), `${url}/console/audit?range=day&action=login.failed`)
  t.equal(reads, 0, 'the list stays as it is')

  const other = await context.newPage()
  await other.goto(address.replace('range=day', 'range=hour'))
  await logInOn(other, 'alice')
  await other
    .getByRole('dialog', { name: 'Login refused: wrong password' })
    .getByText('password', { exact: true })
    .waitFor()
  await other.goto(`${url}/console/audit?event=99_2026-01-31T12:00:00.000Z`)
  await other.getByText('The audit trail has no such event. It may have been deleted.').waitFor()
  await other.getByRole('button', { name: 'Close' }).click()
  await other.getByText('entries').waitFor()
})

browserTest('A login with only audit:read sees ids without names, and one without it reads why', async t => {
  const { app, tab, open } = await openConsole(t)
  const { id } = await createUser(app, 'carol', ['me', 'audit:read'])
  await open('/audit', 'carol')
  await tab.getByText('5 entries').waitFor()
  const short = `${id.slice(0, 8)}…${id.slice(-4)}`
  await becomes(
    t,
    () => tab.getByRole('cell', { name: short }).count(),
    3,
    'the account, and the login about and by it'
  )
  await becomes(
    t,
    () =>
      tab
        .getByRole('main')
        .getByRole('link', { name: /carol|^[0-9a-f-]{36}$/ })
        .count(),
    0
  )
  await unfold({ tab })
  await tab.getByLabel('About', { exact: true }).fill('bob')
  await tab.getByRole('button', { name: 'Show the events' }).click()
  await tab.getByText('No event matches.').waitFor()
  t.equal(new URL(tab.url()).searchParams.get('subject'), 'bob')

  await tab.getByRole('button', { name: 'Sign out' }).click()
  await open('/audit', 'bob')
  await alert(tab, 'Your account may not do this.')
  for (const name of ['Show the events', 'Verify now'])
    await becomes(t, () => tab.getByRole('button', { name }).count(), 0, name)
})

browserTest('The page says why it cannot read the events, and reads them again', async t => {
  const { tab, open, context } = await openConsole(t)
  const refused = { status: 503, headers: { 'retry-after': '30' } }
  await tab.route('**/audit?*', route => route.fulfill(refused))
  await tab.route('**/audit/counts?*', route => route.fulfill({ ...refused, status: 429 }))
  await tab.route('**/audit/verify', route => route.fulfill(refused))
  await open('/audit')
  await alert(tab, 'The server is busy or cannot reach its database. Try again in 30 seconds.')
  await alert(tab, 'Too many attempts. Try again in 30 seconds.')
  await tab.getByRole('button', { name: 'Verify now' }).click()
  await alert(tab, 'The server is busy')
  await tab.unrouteAll()
  await tab.getByRole('button', { name: 'Try again' }).first().click()
  await tab.getByRole('button', { name: 'Try again' }).last().click()
  await tab.locator('.plot rect').first().waitFor()
  await tab.getByText('4 entries').waitFor()

  await context.setOffline(true)
  await unfold({ tab })
  await tab.getByLabel('About', { exact: true }).fill('bob')
  await tab.getByRole('button', { name: 'Show the events' }).click()
  await alert(tab, 'Cannot reach the server.')
  await context.setOffline(false)
  await tab.getByRole('button', { name: 'Show the events' }).click()
  await tab.getByText('1 entry').waitFor()
})

browserTest('The page verifies the audit trail step by step, and finds a changed event', async t => {
  const world = await openConsole(t)
  const { tab, app, config } = world
  await recordMany(config.databaseUrl, 12_000)
  await world.open('/audit')
  // The server does so every second as well, and when both do it at once, one stops.
  while (await app.db.audit.unsealedSince()) await app.audit.seal()
  await tab.getByRole('button', { name: 'Verify now' }).click()
  // With the first key, two accounts, and the login.
  await status(tab, '12,004 events are intact.')
  await tab.getByText('No event waits for its seal.').waitFor()

  await execute(config.databaseUrl, `UPDATE audit SET action = 'nothing' WHERE action = 'login.succeeded'`)
  await tab.getByRole('button', { name: 'Verify now' }).press('Enter')
  await status(tab, /The audit trail is broken: seal \d+ covers an event that was changed\./)
  await tab.getByText('The database was changed without the server').waitFor()
})

browserTest('A verification reads page after page, can be cancelled, and explains what is broken', async t => {
  const world = await openConsole(t)
  const { tab } = world
  const asked: string[] = []
  await tab.route(/\/audit\/verify/, route => {
    asked.push(route.request().url())
    return route.fulfill({ json: { events: 1, seals: 1, next_cursor: `after ${asked.length}` } })
  })
  await world.open('/audit')
  const begin = tab.getByRole('button', { name: 'Verify now' })
  await begin.click()
  await tab.getByText(/^[\d,]+ events verified so far/).waitFor()
  while (asked.length < 3) await tab.waitForTimeout(20)
  await tab.getByRole('button', { name: 'Cancel' }).click()
  await status(tab, 'Cancelled.')
  await begin.waitFor()
  t.match(asked[2], /cursor=after\+2|cursor=after%202/)

  const broken = { what: 'seal 2', fault: '<img src=x onerror=alert(1)>' }
  const json = { events: 1, seals: 1, newest: null, unsealed: null, broken, next_cursor: null }
  await tab.unrouteAll()
  await tab.route('**/audit/verify', route => route.fulfill({ json }))
  await begin.click()
  await status(tab, 'The audit trail is broken: seal 2 <img src=x onerror=alert(1)>.')
  await status(tab, 'sallyport audit verify --key')
  await status(tab, 'Before this, 1 event is intact')
})
