import { readFileSync } from 'node:fs'
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

t.test('saves what the filters match as CSV', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, config } = world
  await recordMany(config.databaseUrl, 250)
  await world.open('/audit?range=own&action=many')
  const saving = tab.waitForEvent('download')
  await tab.getByRole('button', { name: 'Save as CSV' }).click()
  const file = await saving
  await status(tab, 'Saved 250 rows.')
  t.match(file.suggestedFilename(), /^audit-\d{4}-\d\d-\d\d\.csv$/)
  const [head, ...lines] = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\r\n')
  t.equal(head, '\uFEFFseq,at,action,subject,actor,client_id,ip,seal,detail')
  t.strictSame(
    lines.map(line => line.replace(/.*,"{""n"":(\d+)}"$/, '$1')),
    Array.from({ length: 250 }, (_, n) => `${249 - n}`)
  )
})

t.test('continues after a page without events, and can be cancelled', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab } = world
  const answered: string[] = []
  await tab.route(/\/audit\?.*limit=100/, route => {
    answered.push(route.request().url())
    return route.fulfill({ json: { items: [], next_cursor: `after ${answered.length}` } })
  })
  await world.open('/audit')
  const begin = tab.getByRole('button', { name: 'Save as CSV' })
  await begin.click()
  await tab.getByText('0 rows read so far').waitFor()
  while (answered.length < 3) await tab.waitForTimeout(20)
  await tab.getByRole('button', { name: 'Cancel' }).click()
  await status(tab, 'Cancelled.')
  await begin.waitFor()
  t.match(answered[2], /cursor=after\+2|cursor=after%202/)
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
