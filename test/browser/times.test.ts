import type { Locator } from 'playwright-core'
import t from 'tap'
import { password, postForm } from '../support/app.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { openConsole } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

t.test('a time and a device are short, and the keyboard opens the whole', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser(), { context: { userAgent } })
  await open('/account/logins', 'bob')
  const device = tab.getByRole('rowheader', { name: 'Firefox on Linux' })
  t.equal(await device.getByText(userAgent).count(), 0)
  await device.getByRole('button').focus()
  await tab.keyboard.press('Enter')
  await device.getByText(userAgent).waitFor()
  await tab.keyboard.press('Tab')
  await tab.keyboard.press('Space')
  await tab.getByRole('cell', { name: /now.*\d{4}, \d\d:\d\d:\d\d UTC/ }).waitFor()
})

t.test('times grow old while the page is open, and move nothing', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await postForm(app, '/token', { grant_type: 'password', username: 'bob', password }, { 'user-agent': 'curl/8.14.1' })
  await tab.clock.install()
  await open('/account/logins', 'bob')
  const row = tab.getByRole('row', { name: 'curl' })
  const places = async () => (await row.getByRole('cell').all()).map(cell => cell.boundingBox())
  await row.getByRole('cell', { name: 'now' }).first().waitFor()
  const before = await Promise.all(await places())
  for (const [minutes, text] of [
    [59, '59 minutes ago'],
    [2, '1 hour ago']
  ] as const) {
    await tab.clock.fastForward(minutes * 60_000)
    await row.getByRole('cell', { name: text }).first().waitFor()
    t.strictSame(await Promise.all(await places()), before, text)
  }
})

t.test("times are of the reader's clock, in the language of the texts", { skip }, async t => {
  for (const [locale, clock] of [
    ['en-US', /, \d+:\d\d:\d\d\s[AP]M/],
    ['en-GB', /, \d\d:\d\d:\d\d$/],
    ['fr-FR', /^Mar 4, .*, \d\d:\d\d:\d\d$/]
  ] as const) {
    const { tab, open } = await openConsole(t, browser(), { context: { locale } })
    await tab.route(/\/audit\?/, route => route.fulfill({ json: { items: [audited], next_cursor: null } }))
    await open('/audit')
    t.match(await tab.locator('tbody time').textContent(), clock, locale)
  }
})

const event = {
  ...{ at: '2026-03-04T16:20:00.000Z', action: 'login.succeeded', by: 'you', client_id: null, ip: null },
  detail: { session: '019cb9a4-52c0-7222-8333-444455556666' }
}
const audited = { ...event, seq: 1, subject: null, actor: null, seal: 1 }

t.test('a login that has ended has the name of its time, which opens to its id', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  const { session } = event.detail
  await tab.route(/users.me.activity/, route => route.fulfill({ json: { items: [event], next_cursor: null } }))
  await tab.route(/\/audit\?/, route => route.fulfill({ json: { items: [audited], next_cursor: null } }))
  await open('/account/activity', 'alice')
  const opens = async (place: Locator) => {
    await place.getByText('login of 4 Mar 2026, 16:18').waitFor()
    t.equal(await place.getByText(session).count(), 0)
    await place.getByRole('button', { name: 'login of' }).click()
    await place.getByText(session).waitFor()
  }
  await opens(tab.getByRole('cell', { name: 'Signed in' }))
  await tab.getByRole('link', { name: 'Audit trail' }).click()
  await tab.getByRole('button', { name: 'Signed in' }).click()
  await opens(tab.getByRole('dialog', { name: 'Signed in' }))
  await tab.getByRole('link', { name: 'Only this login' }).click()
  await tab.getByText('This is the login of 4 Mar 2026, 16:18').waitFor()
  await becomes(t, () => tab.getByLabel('Login', { exact: true }).inputValue(), session)
})

t.test('the activity of an account has ages, which open to the exact time', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  await tab.route(/users.me.activity/, route => route.fulfill({ json: { items: [event], next_cursor: null } }))
  await open('/account/activity', 'bob')
  await tab.getByRole('button', { name: '4 Mar 2026', exact: true }).click()
  await tab.getByText('4 Mar 2026, 16:20:00 UTC').waitFor()
})
