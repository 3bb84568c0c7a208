import t from 'tap'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { openConsole } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

t.test('shows the activity in words, page by page', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  const { id } = await app.userAdmin.byIdOrName('bob')
  const detail = { reason: '"><script>alert(1)</script>' }
  for (let n = 0; n < 60; n++)
    await app.db.audit.record(app.auditEvents.event('login.failed', { subject: id, ip: '192.0.2.7', detail }))
  await app.db.users.update(
    id,
    { updatedAt: app.clock.now() },
    app.auditEvents.event('user.enabled', { actor: 'cli', subject: id })
  )
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
