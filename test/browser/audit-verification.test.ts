import t from 'tap'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { openConsole, status } from '../support/console.ts'
import { execute, recordMany } from '../support/store.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

t.test('verifies the audit trail step by step, and finds a changed event', { skip }, async t => {
  const world = await openConsole(t, browser())
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

t.test('verifies page after page, and can be cancelled', { skip }, async t => {
  const world = await openConsole(t, browser())
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
})

t.test('the seals of an earlier secret count as broken, which the page explains', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab } = world
  await tab.route('**/audit/verify', route =>
    route.fulfill({
      json: {
        events: 1,
        seals: 1,
        newest: null,
        unsealed: null,
        broken: { what: 'seal 2', fault: '<img src=x onerror=alert(1)>' },
        next_cursor: null
      }
    })
  )
  await world.open('/audit')
  await tab.getByRole('button', { name: 'Verify now' }).click()
  await status(tab, 'The audit trail is broken: seal 2 <img src=x onerror=alert(1)>.')
  await status(tab, 'sallyport audit verify --key')
  await status(tab, 'Before this, 1 event is intact')
})
