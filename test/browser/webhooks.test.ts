import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { createUser } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { openConsole, status } from '../support/console.ts'

const settings = { insecure: 'allow' } as const
const button = (tab: Page, name: string) => tab.getByRole('button', { name, exact: true })
const inDialog = (tab: Page, name: string) => tab.getByRole('dialog').getByRole('button', { name, exact: true }).click()

/** A receiver on this machine, the types of the events that it gets, and the status that it answers. */
async function startReceiver(t: Test) {
  const receiver = { status: 204, types: [] as string[], host: '' }
  const server = createServer(async (request, response) => {
    const body = await request.setEncoding('utf8').toArray()
    if (receiver.status < 300) receiver.types.push(JSON.parse(body.join('')).type)
    response.writeHead(receiver.status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close().closeAllConnections())
  receiver.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return receiver
}

browserTest('An administrator creates, tests, pauses, replays, changes and deletes a webhook', async t => {
  const receiver = await startReceiver(t)
  const { host } = receiver
  const { tab, app, open, clock } = await openConsole(t, { settings })
  await open('/webhooks')
  await tab.getByText('There is no webhook.').waitFor()
  await tab.getByRole('link', { name: 'Create a webhook' }).click()
  await tab.getByLabel('URL').fill('http://crm.example.com')
  await tab.getByLabel('Events', { exact: true }).fill('user.*, login.failed webhook.created')
  await button(tab, 'Create a webhook').click()
  await tab.getByText('must begin with https://').waitFor()
  await tab.getByLabel('URL').fill(`http://${host}/events`)
  await button(tab, 'Create a webhook').click()
  const secret = tab.getByRole('dialog', { name: `Secret for ${host}` })
  const first = await secret.getByRole('code').textContent()
  t.match(first, /^whsec_/)
  await secret.getByRole('button', { name: 'I have saved it' }).click()
  await status(tab, `Created the webhook for ${host}.`)
  await tab.getByRole('heading', { name: host, level: 1 }).waitFor()
  await becomes(t, () => tab.evaluate('document.body.textContent').then(text => String(text).includes('whsec_')), false)
  const id = new URL(tab.url()).pathname.split('/').at(-1) as string
  const row = (type: string) => tab.getByRole('row', { name: type })
  await row('webhook.created Accepted (204)').waitFor()
  await button(tab, 'Send a test event').click()
  await status(tab, 'Sent the test event. Accepted (204).')
  await row('webhook.tested Accepted (204)').waitFor()
  t.strictSame(receiver.types, ['webhook.created', 'webhook.tested'])
  receiver.status = 500
  await button(tab, 'Send a test event').click()
  await status(tab, 'Sent the test event. Not accepted (500).')
  await tab.getByText('The receiver does not accept an event.').waitFor()
  await assertAccessible(t, tab, 'webhook')
  await button(tab, 'Pause').click()
  await status(tab, 'Paused the webhook.')
  await becomes(t, () => button(tab, 'Send a test event').count(), 0)
  receiver.status = 204
  await button(tab, 'Continue').click()
  await status(tab, 'Continued the webhook.')
  await becomes(t, async () => receiver.types.length, 3)
  await button(tab, 'Send again').click()
  await tab.getByLabel('Begin at').selectOption('A seal')
  await tab.getByLabel('Events after the seal').fill('999')
  await inDialog(tab, 'Send again')
  await tab.getByText('must be the number of a seal').waitFor()
  await assertAccessible(t, tab, 'dialog')
  await tab.getByLabel('Begin at').selectOption('A time')
  await tab.getByLabel('Events since').fill(new Date(clock.now().getTime() - 3_600_000).toISOString().slice(0, 16))
  await inDialog(tab, 'Send again')
  await status(tab, 'The webhook sends the events again.')
  await becomes(t, async () => receiver.types.length, 8)
  t.strictSame(receiver.types.slice(3), ['user.created', 'user.created', ...receiver.types.slice(0, 3)])
  await button(tab, 'Replace the secret').click()
  await inDialog(tab, 'Replace the secret')
  t.not(await secret.getByRole('code').textContent(), first)
  await secret.getByRole('button', { name: 'I have saved it' }).click()
  await status(tab, `Replaced the secret for ${host}.`)
  await tab.getByRole('link', { name: 'Edit' }).click()
  await tab.getByLabel('Events', { exact: true }).fill('*')
  await tab.getByRole('checkbox', { name: 'Send the IP address' }).check()
  await button(tab, 'Save').click()
  await status(tab, `Saved the webhook for ${host}.`)
  await tab.getByText('Events have IP addresses and details').waitFor()
  t.match(await app.webhooks.find(id), { events: ['*'], details: true })
  await button(tab, 'Delete').click()
  await tab.getByLabel('Type the host of the receiver').fill(host)
  await inDialog(tab, 'Delete')
  await status(tab, `Deleted the webhook for ${host}.`)
  t.strictSame(await app.webhooks.list(), [])
})

browserTest('A webhook needs audit:read, which a login that may only list them lacks', async t => {
  const { tab, app, open } = await openConsole(t, { settings })
  const { webhook } = await app.webhooks.create({ url: 'http://127.0.0.1:9/', events: ['*'] })
  await createUser(app, 'clerk', ['me', 'webhooks:write'])
  await open('/webhooks', 'clerk')
  await tab.getByRole('row', { name: '127.0.0.1:9 * Failing Last error: No answer: ECONNREFUSED.' }).waitFor()
  await becomes(t, () => tab.getByRole('link', { name: 'Create a webhook' }).count(), 0)
  for (const path of ['', '/edit']) {
    await open(`/webhooks/${webhook.id}${path}`)
    await tab.getByText('Your login lacks the scope audit:read').waitFor()
    await becomes(t, () => tab.getByRole('button', { name: /test|Pause|again|Save|Replace/ }).count(), 0)
  }
})
