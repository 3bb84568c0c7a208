import t from 'tap'
import { createUser } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { type ConsoleWorld, logInOn, openConsole, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** Records events about bob, the newest `minutes` ago. */
async function record({ app }: ConsoleWorld, action: 'login.failed' | 'user.updated', count: number, minutes = 0) {
  const bob = await app.db.users.byUsername('bob')
  const about = { subject: String(bob?.id), clientId: 'first-party', ip: '192.0.2.1', detail: { reason: 'password' } }
  const event = app.auditEvents.event(action, about)
  const newest = Date.now() - minutes * 60_000
  for (let n = 0; n < count; n++) await app.db.audit.record({ ...event, at: new Date(newest - n) })
}

const field = ({ tab }: ConsoleWorld, name: string) => tab.getByLabel(name, { exact: true })
const show = ({ tab }: ConsoleWorld) => tab.getByRole('button', { name: 'Show the events' }).click()

t.test('finds events by every filter, which the address keeps', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, url, app } = world
  await record(world, 'login.failed', 3)
  await record(world, 'user.updated', 2, 90)
  await world.open('/audit')
  // Those, the first key, two accounts, and the login.
  await tab.getByText('9 entries').waitFor()

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
  await tab.getByText('This is bob').waitFor()
  await tab.getByText('The server counts events by time and action only.').waitFor()

  await tab.goBack()
  await tab.getByText('9 entries').waitFor()
  t.equal(await field(world, 'About').inputValue(), '')
  await tab.goForward()
  await tab.getByText('3 entries').waitFor()
  await becomes(t, () => field(world, 'About').inputValue(), bob?.id)
  await tab.getByRole('link', { name: 'Clear the filters' }).click()
  await tab.getByText('9 entries').waitFor()

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
})

t.test('shows when events happened, in words, as bars and as a table', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab } = world
  await record(world, 'login.failed', 3, 5 * 60)
  await world.open('/audit?action=login.failed')
  const words = /^3 events: 3 failed or refused, 0 logins and refreshes, 0 others\. Time: /
  await tab.getByText(words).waitFor()
  await tab.getByRole('img', { name: words }).waitFor()

  await tab.getByText('Show as a table').click()
  const row = tab.getByRole('row', { name: '3 0 0 3' })
  await row.getByRole('link').press('Enter')
  await tab.getByText('3 entries').waitFor()
  const { searchParams } = new URL(tab.url())
  const [since, until] = ['since', 'until'].map(name => Date.parse(String(searchParams.get(name))))
  t.equal(Number(until) - Number(since), 3_600_000, 'the link of a row leads to its hour')
  t.equal(searchParams.get('action'), 'login.failed')

  await field(world, 'To').fill('2020-01-01T00:00')
  await show(world)
  await tab.getByText('The end must be later than the beginning.').waitFor()
  await field(world, 'From').fill('2019-12-31T00:00')
  await show(world)
  await tab.getByText('No event matches.').waitFor()
  await tab.getByText('Nothing happened in this time.').waitFor()
})

t.test('opens an event by the keyboard, as text whatever it contains', { skip }, async t => {
  const world = await openConsole(t, browser())
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
  await dialog.getByRole('link', { name: 'Only this address' }).click()
  t.equal(new URL(tab.url()).searchParams.get('ip'), evil)
  await tab.getByText('1 entry').waitFor()

  await createUser(app, evil)
  await tab.getByRole('link', { name: 'Clear the filters' }).click()
  await tab.getByRole('link', { name: evil, exact: true }).waitFor()
})

t.test('an open event has an address, which opens it for another person at any time', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, url, context } = world
  await record(world, 'login.failed', 1, 90)
  await world.open('/audit?action=login.failed')
  let reads = 0
  await tab.route('**/audit?*', route => {
    reads++
    return route.continue()
  })
  await tab.getByRole('button', { name: 'Login refused: wrong password' }).click()
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

t.test('finds the events of a login', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab } = world
  await record(world, 'login.failed', 1)
  await world.open('/audit')
  await tab.getByRole('button', { name: 'Signed in' }).click()
  await tab.getByRole('link', { name: 'Only this login' }).click()
  await tab.getByText('1 entry').waitFor()
  t.match(await field(world, 'Login').inputValue(), /^[\da-f-]{36}$/)
})

for (const colorScheme of themes)
  t.test(`has no violation that axe finds, ${colorScheme}`, { skip }, async t => {
    const world = await openConsole(t, browser(), { context: { colorScheme } })
    await record(world, 'login.failed', 3)
    await world.open('/audit')
    await world.tab.locator('.plot rect').first().waitFor()
    await world.tab.getByText('Show as a table').click()
    t.strictSame(await violations(world.tab), [])
    await world.tab.getByRole('button', { name: 'Login refused' }).first().click()
    t.strictSame(await violations(world.tab), [])
  })
