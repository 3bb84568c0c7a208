import type { Page } from 'playwright-core'
import { basic, createUser, postForm } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, logInOn, openConsole, status } from '../support/console.ts'

const heading = (tab: Page, name: string | RegExp) => tab.getByRole('heading', { name, level: 1 }).waitFor()
const button = (tab: Page, name: string) => tab.getByRole('button', { name, exact: true })
const box = (tab: Page, value: string) => tab.getByRole('checkbox', { name: `${value}:` })
const nameField = (tab: Page) => tab.getByRole('textbox', { name: 'Name' })
const register = { name: 'shop', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] }
const job = { name: 'job', confidential: true, grants: ['client_credentials'], scopes: ['users:read'] }

browserTest('An administrator registers, changes, disables and deletes a client', async t => {
  const { tab, app, open, context } = await openConsole(t)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open('/clients')
  await tab.getByText('No client is registered.').waitFor()
  await tab.getByRole('link', { name: 'Register a client' }).click()
  await heading(tab, 'Register a client')
  await becomes(t, () => box(tab, 'client_credentials').count(), 0, 'a public client cannot act for itself')
  await box(tab, 'token exchange').waitFor()
  await tab.getByRole('radio', { name: 'Confidential' }).check()
  await box(tab, 'token exchange').waitFor()
  await nameField(tab).fill('reports')
  await box(tab, 'client_credentials').check()
  for (const value of ['password', 'refresh_token', 'me']) await box(tab, value).uncheck()
  await box(tab, 'users:read').check()
  await button(tab, 'Register a client').click()

  const dialog = tab.getByRole('dialog', { name: 'Secret of reports' })
  const secret = String(await dialog.getByRole('code').textContent())
  // Only the button closes it. The browser does at the second Escape, and then it opens again.
  for (let times = 0; times < 3; times++) await tab.keyboard.press('Escape')
  await dialog.waitFor()
  await dialog.getByRole('button', { name: 'Copy' }).click()
  await dialog.getByText('Copied.').waitFor()
  await becomes(t, () => tab.evaluate('navigator.clipboard.readText()'), secret)
  await dialog.getByRole('button', { name: 'I have saved it' }).click()
  await status(tab, 'Registered reports.')
  await heading(tab, 'reports')
  await tab.getByText('this client can administer this server by itself').waitFor()
  const id = new URL(tab.url()).pathname.split('/').at(-1) as string
  const token = (given: string) => postForm(app, '/token', { grant_type: 'client_credentials' }, basic(id, given))
  const scoped = { grant_type: 'client_credentials', scope: 'users:read' }
  t.match((await postForm(app, '/token', scoped, basic(id, secret))).json(), { scope: 'users:read' })

  await button(tab, 'Rotate the secret').click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Rotate the secret' }).click()
  const second = String(await dialog.getByRole('code').textContent())
  await dialog.getByRole('button', { name: 'I have saved it' }).click()
  await status(tab, 'Rotated the secret of reports.')
  t.equal((await token(secret)).statusCode, 401)
  t.not(second, secret)

  await tab.getByRole('link', { name: 'Edit' }).click()
  await heading(tab, 'Edit reports')
  await nameField(tab).fill('daily reports')
  await box(tab, 'audit:read').check()
  await tab.getByRole('checkbox', { name: 'The client has to send a DPoP proof' }).check()
  await tab.getByRole('checkbox', { name: 'it also gets IP addresses' }).check()
  await button(tab, 'Save').click()
  await status(tab, 'Saved daily reports.')
  await heading(tab, 'daily reports')
  await tab.getByText('Yes: a request for tokens needs a DPoP proof').waitFor()
  const saved = { name: 'daily reports', scopes: ['users:read', 'audit:read'], dpopBound: true, eventDetails: true }
  t.match(await app.db.clients.byId(id), saved)

  await button(tab, 'Disable').click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  await status(tab, 'Disabled daily reports and ended its logins.')
  t.match(await app.db.clients.byId(id), { disabled: true })
  await button(tab, 'Undo').click()
  await status(tab, 'Undone.')
  t.match(await app.db.clients.byId(id), { disabled: false })
  await assertAccessible(t, tab, 'client')

  await button(tab, 'Delete').click()
  await tab.getByLabel('Type the name of the client to confirm').fill('reports')
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await tab.getByText('is not daily reports').waitFor()
  await assertAccessible(t, tab, 'dialog')
  await tab.getByLabel('Type the name of the client to confirm').fill('daily reports')
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await status(tab, 'Deleted daily reports.')
  t.equal(new URL(tab.url()).pathname, '/console/clients')
  t.equal(await app.db.clients.byId(id), undefined)
})

browserTest('A registration that the server refuses says why, and nothing typed is lost', async t => {
  const { tab, app, open, context } = await openConsole(t)
  await app.clientAdmin.create(register)
  await open('/clients/new')
  await nameField(tab).fill('shop')
  const submit = button(tab, 'Register a client')
  await submit.click()
  await tab.getByText('is taken').waitFor()
  await tab.locator('input[name=name]:focus').waitFor()
  await assertAccessible(t, tab, 'form with a fault')

  for (const value of ['password', 'refresh_token']) await box(tab, value).uncheck()
  await submit.click()
  await tab.getByRole('group', { name: 'Grants' }).getByText('must NOT have fewer than 1 items').waitFor()
  await box(tab, 'password').check()

  await nameField(tab).fill('till')
  const busy = { status: 503, headers: { 'retry-after': '5' }, json: { detail: '' } }
  await tab.route('**/clients', route => route.fulfill(busy), { times: 1 })
  await submit.click()
  await alert(tab, 'Try again in 5 seconds.')
  await context.setOffline(true)
  await submit.click()
  await alert(tab, 'Cannot reach the server.')
  await context.setOffline(false)
  await becomes(t, () => nameField(tab).inputValue(), 'till')
  await submit.click()
  await status(tab, 'Registered till.')
})

browserTest('A client keeps its scopes when its form opens before the scopes of the server are known', async t => {
  const { tab, app, open } = await openConsole(t)
  const { client } = await app.clientAdmin.create(register)
  let release = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  await open(`/clients/${client.id}`)
  await tab.route('**/.well-known/oauth-authorization-server', async route => {
    await released
    await route.continue()
  })
  const answer = tab.waitForResponse(`**/clients/${client.id}`)
  await tab.getByRole('link', { name: 'Edit' }).click()
  await (await answer).finished()
  await tab.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
  await becomes(t, () => nameField(tab).count(), 0, 'nothing can be typed or sent')
  release()
  await nameField(tab).fill('till')
  await button(tab, 'Save').click()
  await status(tab, 'Saved till.')
  t.match(await app.db.clients.byId(client.id), { name: 'till', scopes: ['me'] })
})

browserTest('Of two administrators who change a client at once, the second is refused', async t => {
  const { tab, app, open } = await openConsole(t)
  const { client } = await app.clientAdmin.create(register)
  await open(`/clients/${client.id}/edit`)
  const detail = 'This was changed by another request. Read it again and retry.'
  // The page has read the client.
  await nameField(tab).waitFor()
  await tab.route(`**/clients/${client.id}`, route => route.fulfill({ status: 409, json: { detail } }), { times: 1 })
  await nameField(tab).fill('till')
  await button(tab, 'Save').click()
  await alert(tab, detail)
  await becomes(t, () => nameField(tab).inputValue(), 'till')
  await button(tab, 'Cancel').click()
  await tab.getByRole('heading', { name: 'shop', level: 1 }).waitFor()

  await tab.getByRole('link', { name: 'Edit' }).click()
  await button(tab, 'Save').click()
  await status(tab, 'Nothing was changed.')
  t.strictSame(await app.db.clients.byId(client.id), client)
})

browserTest('An administrator with few scopes is offered only what they may do', async t => {
  const { tab, app, open, context, url } = await openConsole(t)
  const { client } = await app.clientAdmin.create({ ...job, scopes: ['users:read', 'orders:read'] })
  await createUser(app, 'reader', ['me', 'clients:read'])
  await open('/clients', 'reader')
  await tab.getByRole('link', { name: 'job' }).click()
  await heading(tab, 'job')
  t.equal(
    await tab
      .getByRole('button')
      .filter({ hasNotText: /Sign out|Copy|now/ })
      .count(),
    0
  )
  await becomes(t, () => tab.getByRole('link', { name: /Register|Edit/ }).count(), 0)
  for (const path of ['/clients/new', `/clients/${client.id}/edit`]) {
    const forged = await context.newPage()
    await forged.goto(`${url}/console${path}`)
    await logInOn(forged, 'reader')
    await forged.getByText('Your login lacks the scope clients:write').waitFor()
    await becomes(t, () => forged.getByRole('textbox').count(), 0)
  }

  await createUser(app, 'writer', ['me', 'clients:read', 'clients:write'])
  const writing = await context.newPage()
  await open(`/clients/${client.id}/edit`, 'writer', writing)
  await box(writing, 'orders:read').uncheck()
  await becomes(t, () => box(writing, 'users:write').count(), 0, 'a scope that the login lacks cannot be added')
  t.ok(await box(writing, 'users:read').isChecked(), 'but kept')
  await box(writing, 'password').check()
  await button(writing, 'Save').click()
  await alert(writing, /^Your account may not do this. You cannot grant the scope users:read/)

  await createUser(app, 'outsider')
  const outside = await context.newPage()
  await open('/clients', 'outsider', outside)
  await alert(outside, 'Your account may not do this. The access token lacks the scope clients:read.')
  await becomes(t, () => outside.getByRole('link', { name: 'Clients' }).count(), 0)
})
