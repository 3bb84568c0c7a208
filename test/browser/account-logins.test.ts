import type { FastifyInstance } from 'fastify'
import type { Locator } from 'playwright-core'
import { password, postForm } from '../support/app.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { logInOn, openConsole, status } from '../support/console.ts'

const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Logs bob in from another device. */
const logInOnDevice = (app: FastifyInstance, device: string) =>
  postForm(app, '/token', { grant_type: 'password', username: 'bob', password }, { 'user-agent': device })

browserTest('The page shows a login shortly, and the keyboard opens the whole device and time', async t => {
  const { tab, open } = await openConsole(t, { context: { userAgent } })
  await open('/account/logins', 'bob')
  const device = tab.getByRole('rowheader', { name: 'Firefox on Linux' })
  await becomes(t, () => device.getByText(userAgent).count(), 0)
  await device.getByRole('button').focus()
  await tab.keyboard.press('Enter')
  await device.getByText(userAgent).waitFor()
  await tab.keyboard.press('Tab')
  await tab.keyboard.press('Space')
  await tab.getByRole('cell', { name: /now.*\d{4}, \d\d:\d\d:\d\d UTC/ }).waitFor()
})

browserTest('An owner sees the logins in words, ends one, and ends all others', async t => {
  const { app, tab, open } = await openConsole(t, { context: { userAgent } })
  const { id } = await app.userAdmin.byIdOrName('bob')
  const injected = '<img src=x onerror="alert(1)">'
  for (const device of [injected, 'curl/8.14.1', 'wget/1.25.0', 'another']) await logInOnDevice(app, device)
  await open('/account/logins', 'bob')
  const own = tab.getByRole('row', { name: 'Firefox on Linux' })
  await own.getByText('This login').waitFor()
  await becomes(t, () => own.getByRole('button', { name: /^End/ }).count(), 0)
  await tab.getByRole('rowheader', { name: '<img', exact: true }).getByRole('button').click()
  await tab.getByRole('rowheader', { name: injected }).waitFor()

  await tab.getByRole('button', { name: 'End the login curl, ' }).click()
  await tab.getByText('You are signed out on that device.').waitFor()
  await tab.getByRole('dialog').getByRole('button', { name: 'End' }).click()
  await status(tab, 'The login has ended.')
  await tab.getByRole('rowheader', { name: 'curl', exact: true }).waitFor({ state: 'detached' })
  t.equal((await app.sessions.ofUser(id)).length, 4)

  await tab.getByRole('button', { name: 'End the login wget, ' }).click()
  const ended = (await app.sessions.ofUser(id)).find(({ userAgent }) => userAgent === 'wget/1.25.0')
  await app.sessions.endOne(id, String(ended?.id), {})
  await tab.getByRole('dialog').getByRole('button', { name: 'End' }).click()
  await tab.getByRole('dialog').getByRole('alert').filter({ hasText: 'no session' }).waitFor()
  await tab.keyboard.press('Escape')

  await tab.getByRole('button', { name: 'End all other logins' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'End all other logins' }).click()
  await status(tab, 'All other logins have ended.')
  await tab.getByRole('button', { name: 'End all other logins' }).waitFor({ state: 'detached' })
  t.strictSame(
    (await app.sessions.ofUser(id)).map(({ userAgent }) => userAgent),
    [userAgent]
  )
})

browserTest('The activity of an account is shown in words, page by page', async t => {
  const { app, tab, open } = await openConsole(t)
  const { id } = await app.userAdmin.byIdOrName('bob')
  const detail = { reason: '"><script>alert(1)</script>' }
  for (let n = 0; n < 60; n++)
    await app.db.audit.record(app.auditEvents.event('login.failed', { subject: id, ip: '192.0.2.7', detail }))
  const enabled = app.auditEvents.event('user.enabled', { actor: 'cli', subject: id })
  await app.db.users.update(id, { updatedAt: app.clock.now() }, enabled)
  await open('/account/activity', 'bob')
  const row = (name: string) => tab.getByRole('row', { name }).first()
  await row('Signed in').getByText('You').waitFor()
  await row('Account enabled').getByText('An operator').waitFor()
  await row('Login refused').getByText('192.0.2.7').waitFor()
  await row('Login refused').getByText('reason: "><script>alert(1)</script>').waitFor()
  await tab.getByText('50 shown, and there are more').waitFor()
  await tab.getByRole('button', { name: 'Show more' }).click()
  await row('Account created').getByText('Not signed in').waitFor()
  await tab.getByText('63 entries').waitFor()
})

browserTest('Times grow old while the page is open, and move nothing', async t => {
  const { app, tab, open } = await openConsole(t)
  await logInOnDevice(app, 'curl/8.14.1')
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

const event = {
  ...{ at: '2026-03-04T16:20:00.000Z', action: 'login.succeeded', by: 'you', client_id: null, ip: null },
  detail: { session: '019cb9a4-52c0-7222-8333-444455556666' }
}
const events = { json: { items: [{ ...event, seq: 1, subject: null, actor: null, seal: 1 }], next_cursor: null } }

browserTest("Times are of the reader's clock, in the language of the texts", async t => {
  const { tab, url, open, browser } = await openConsole(t, { context: { locale: 'fr-FR' } })
  await tab.route(/\/audit\?/, route => route.fulfill(events))
  await open('/audit')
  t.match(await tab.locator('tbody time').textContent(), /^Mar 4, .*, \d\d:\d\d:\d\d$/)

  const american = await browser.newContext({ locale: 'en-US' })
  t.teardown(() => american.close())
  const page = await american.newPage()
  await page.route(/\/audit\?/, route => route.fulfill(events))
  await page.goto(`${url}/console/audit`)
  await logInOn(page, 'alice')
  t.match(await page.locator('tbody time').textContent(), /, \d+:\d\d:\d\d\s[AP]M/)
})

browserTest('A login that has ended has the name of its time, which opens to its id', async t => {
  const { tab, open } = await openConsole(t)
  const { session } = event.detail
  await tab.route(/users.me.activity/, route => route.fulfill({ json: { items: [event], next_cursor: null } }))
  await tab.route(/\/audit\?/, route => route.fulfill(events))
  await open('/account/activity', 'alice')
  await tab.getByRole('button', { name: '4 Mar 2026', exact: true }).click()
  await tab.getByText('4 Mar 2026, 16:20:00 UTC').waitFor()
  const opens = async (place: Locator) => {
    await place.getByText('login of 4 Mar 2026, 16:18').waitFor()
    await becomes(t, () => place.getByText(session).count(), 0)
    await place.getByRole('button', { name: 'login of' }).click()
    await place.getByText(session).waitFor()
  }
  await opens(tab.getByRole('cell', { name: 'Signed in' }))
  await tab.getByRole('link', { name: 'Audit trail' }).click()
  await tab.getByRole('button', { name: 'Signed in' }).click()
  await opens(tab.getByRole('dialog', { name: 'Signed in' }))
  await tab.getByRole('link', { name: 'Only this login' }).click()
  await tab.locator('summary', { hasText: 'login of 4 Mar 2026, 16:18' }).waitFor()
  await becomes(t, () => tab.getByLabel('Login', { exact: true }).inputValue(), session)
})
