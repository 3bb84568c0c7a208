import type { Page } from 'playwright-core'
import t from 'tap'
import { basic, createUser, password, postForm } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, logInOn, openConsole, status, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

const heading = (tab: Page, name: string | RegExp) => tab.getByRole('heading', { name, level: 1 }).waitFor()
const button = (tab: Page, name: string) => tab.getByRole('button', { name, exact: true })
const box = (tab: Page, value: string) => tab.getByRole('checkbox', { name: `${value}:` })
const nameField = (tab: Page) => tab.getByRole('textbox', { name: 'Name' })
const register = { name: 'shop', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] }
const job = { name: 'job', confidential: true, grants: ['client_credentials'], scopes: ['users:read'] }

t.test('registers, changes, disables and deletes a client', { skip }, async t => {
  const { tab, app, open, context } = await openConsole(t, browser())
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open('/clients')
  await tab.getByText('No client is registered.').waitFor()
  await tab.getByRole('link', { name: 'Register a client' }).click()
  await heading(tab, 'Register a client')
  t.equal(await box(tab, 'client_credentials').count(), 0, 'a public client cannot act for itself')
  await tab.getByRole('radio', { name: 'Confidential' }).check()
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
  t.equal(await tab.evaluate('navigator.clipboard.readText()'), secret)
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
  await button(tab, 'Save').click()
  await status(tab, 'Saved daily reports.')
  await heading(tab, 'daily reports')
  await tab.getByText('Yes: a request for tokens needs a DPoP proof').waitFor()
  const saved = { name: 'daily reports', scopes: ['users:read', 'audit:read'], dpopBound: true }
  t.match(await app.db.clients.byId(id), saved)

  await button(tab, 'Disable').click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  await status(tab, 'Disabled daily reports and ended its logins.')
  t.match(await app.db.clients.byId(id), { disabled: true })
  await button(tab, 'Undo').click()
  await status(tab, 'Undone.')
  t.match(await app.db.clients.byId(id), { disabled: false })

  await button(tab, 'Delete').click()
  await tab.getByLabel('Type the name of the client to confirm').fill('reports')
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await tab.getByText('is not daily reports').waitFor()
  await tab.getByLabel('Type the name of the client to confirm').fill('daily reports')
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await status(tab, 'Deleted daily reports.')
  t.equal(new URL(tab.url()).pathname, '/console/clients')
  t.equal(await app.db.clients.byId(id), undefined)
})

t.test('public and confidential clients may exchange tokens', { skip }, async t => {
  const { tab, app, open } = await openConsole(t, browser())
  for (const type of ['Public', 'Confidential']) {
    await open('/clients/new')
    await tab.getByRole('radio', { name: type }).check()
    await nameField(tab).fill(type)
    for (const value of ['password', 'refresh_token']) await box(tab, value).uncheck()
    await box(tab, 'token exchange').check()
    await button(tab, 'Register a client').click()
    if (type === 'Confidential') await button(tab, 'I have saved it').click()
    await status(tab, `Registered ${type}.`)
    await tab.getByText('token exchange: scripts use personal access tokens').waitFor()
    const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
    t.match(await app.db.clients.byName(type), { grants: [exchange] })
  }
  await tab.getByRole('link', { name: 'Clients' }).click()
  await tab.getByRole('cell', { name: 'token exchange' }).nth(1).waitFor()
})

t.test('what the server refuses is said in words, and nothing typed is lost', { skip }, async t => {
  const { tab, app, open, context } = await openConsole(t, browser())
  await app.clientAdmin.create(register)
  await open('/clients/new')
  await nameField(tab).fill('shop')
  const submit = button(tab, 'Register a client')
  await submit.click()
  await tab.getByText('is taken').waitFor()
  await tab.locator('input[name=name]:focus').waitFor()

  for (const value of ['password', 'refresh_token']) await box(tab, value).uncheck()
  await submit.click()
  await tab.getByRole('group', { name: 'Grants' }).getByText('must NOT have fewer than 1 items').waitFor()
  await box(tab, 'password').check()

  await nameField(tab).fill('till')
  for (const [status, headers, text] of [
    [429, { 'retry-after': '30' }, 'Too many attempts. Try again in 30 seconds.'],
    [503, { 'retry-after': '5' }, 'Try again in 5 seconds.']
  ] as const) {
    await tab.route('**/clients', route => route.fulfill({ status, headers, json: { detail: '' } }), { times: 1 })
    await submit.click()
    await alert(tab, text)
  }
  await context.setOffline(true)
  await submit.click()
  await alert(tab, 'Cannot reach the server.')
  await context.setOffline(false)
  await becomes(t, () => nameField(tab).inputValue(), 'till')
  await submit.click()
  await status(tab, 'Registered till.')
})

t.test('a client keeps its scopes when its form opens before the scopes of the server are known', { skip }, async t => {
  const { tab, app, open } = await openConsole(t, browser())
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
  await tab.waitForTimeout(200)
  t.equal(await nameField(tab).count(), 0, 'nothing can be typed or sent')
  release()
  await nameField(tab).fill('till')
  await button(tab, 'Save').click()
  await status(tab, 'Saved till.')
  t.match(await app.db.clients.byId(client.id), { name: 'till', scopes: ['me'] })
})

t.test('two administrators who change a client at once: the second is refused', { skip }, async t => {
  const { tab, app, open } = await openConsole(t, browser())
  const { client } = await app.clientAdmin.create(register)
  await open(`/clients/${client.id}/edit`)
  const detail = 'This was changed by another request. Read it again and retry.'
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

t.test('a login that ends in the middle of the form: nothing typed is lost', { skip }, async t => {
  const { tab, app, open } = await openConsole(t, browser())
  await open('/clients/new')
  await nameField(tab).fill('till')
  await box(tab, 'authorization_code').check()
  await app.userAdmin.endSessions(String((await app.db.users.byUsername('alice'))?.id), {})
  await button(tab, 'Register a client').click()
  await tab.getByRole('dialog', { name: 'Sign in again' }).waitFor()
  await tab.getByRole('dialog').getByLabel('Password', { exact: true }).fill(password)
  await tab.getByRole('dialog').getByRole('button', { name: 'Sign in', exact: true }).click()
  await tab.getByRole('dialog').waitFor({ state: 'detached' })
  await becomes(t, () => nameField(tab).inputValue(), 'till')
  await button(tab, 'Register a client').click()
  await status(tab, 'Registered till.')
  t.match(await app.db.clients.byName('till'), { grants: ['password', 'refresh_token', 'authorization_code'] })
})

t.test('an old login proves itself in a dialog, and the action continues', { skip }, async t => {
  const { tab, app, open, clock } = await openConsole(t, browser())
  const { client } = await app.clientAdmin.create(job)
  await open(`/clients/${client.id}`)
  await heading(tab, 'job')
  clock.advance(601)
  await button(tab, 'Disable').click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  const dialog = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  await dialog.getByLabel('Password').fill(password)
  await dialog.getByRole('button', { name: 'Confirm' }).click()
  await status(tab, 'Disabled job and ended its logins.')
  t.match(await app.db.clients.byId(client.id), { disabled: true })
  await button(tab, 'Enable').click()
  await status(tab, 'Enabled job.')
  await button(tab, 'Undo').click()
  await status(tab, 'Undone.')
  t.match(await app.db.clients.byId(client.id), { disabled: true })
})

t.test('an administrator with few scopes is offered only what they may do', { skip }, async t => {
  const { tab, app, open, context, url } = await openConsole(t, browser())
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
  t.equal(await tab.getByRole('link', { name: /Register|Edit/ }).count(), 0)
  for (const path of ['/clients/new', `/clients/${client.id}/edit`]) {
    const forged = await context.newPage()
    await forged.goto(`${url}/console${path}`)
    await logInOn(forged, 'reader')
    await forged.getByText('Your login lacks the scope clients:write').waitFor()
    t.equal(await forged.getByRole('textbox').count(), 0)
  }

  await createUser(app, 'writer', ['me', 'clients:read', 'clients:write'])
  const writing = await context.newPage()
  await open(`/clients/${client.id}/edit`, 'writer', writing)
  await box(writing, 'orders:read').uncheck()
  t.equal(await box(writing, 'users:write').count(), 0, 'a scope that the login lacks cannot be added')
  t.ok(await box(writing, 'users:read').isChecked(), 'but kept')
  await box(writing, 'password').check()
  await button(writing, 'Save').click()
  await alert(writing, /^Your account may not do this. You cannot grant the scope users:read/)

  await createUser(app, 'outsider')
  const outside = await context.newPage()
  await open('/clients', 'outsider', outside)
  await alert(outside, 'Your account may not do this. The access token lacks the scope clients:read.')
  t.equal(await outside.getByRole('link', { name: 'Clients' }).count(), 0)
})

const hostile = ['<img src=x onerror="parent.hit=1">', '"><script>parent.hit=1</script>', 'javascript:parent.hit=1']

t.test('names are shown as text, whatever they contain', { skip }, async t => {
  const { tab, app, open } = await openConsole(t, browser())
  for (const name of hostile) await app.clientAdmin.create({ ...job, name })
  await open('/clients')
  for (const name of hostile) {
    await tab.getByRole('link', { name, exact: true }).click()
    await heading(tab, name)
    await button(tab, 'Delete').click()
    await tab.getByRole('dialog').getByText(name, { exact: true }).waitFor()
    await button(tab, 'Cancel').click()
    await tab.getByRole('link', { name: 'Edit' }).click()
    await heading(tab, `Edit ${name}`)
    await button(tab, 'Cancel').click()
    await button(tab, 'Rotate the secret').click()
    await tab.getByRole('dialog').getByRole('button', { name: 'Rotate the secret' }).click()
    await tab.getByRole('heading', { name: `Secret of ${name}` }).waitFor()
    await button(tab, 'I have saved it').click()
    await status(tab, `Rotated the secret of ${name}.`)
    await tab.goBack()
    await tab.goBack()
    await tab.getByRole('link', { name: 'Clients' }).click()
  }
  t.equal(await tab.evaluate('window.hit'), undefined)
  t.equal(await tab.locator('main img, main script').count(), 0)
})

t.test('a long list is shown in pages', { skip }, async t => {
  const { tab, app, open } = await openConsole(t, browser())
  for (let n = 100; n < 151; n++) await app.clientAdmin.create({ ...register, name: `app ${n}` })
  await open('/clients')
  await tab.getByText('50 shown, and there are more').waitFor()
  await button(tab, 'Show more').click()
  await tab.getByText('51 entries').waitFor()
  await tab.getByRole('link', { name: 'app 150' }).waitFor()
})

for (const colorScheme of themes) {
  t.test(`${colorScheme}: axe finds nothing`, { skip }, async t => {
    const { tab, app, open } = await openConsole(t, browser(), { context: { colorScheme } })
    const { client } = await app.clientAdmin.create(job)
    await open('/clients')
    await tab.getByRole('link', { name: 'job' }).waitFor()
    t.strictSame(await violations(tab), [], 'list')
    await tab.getByRole('link', { name: 'Register a client' }).click()
    await box(tab, 'users:read').waitFor()
    await nameField(tab).fill('job')
    await button(tab, 'Register a client').click()
    await tab.getByText('is taken').waitFor()
    t.strictSame(await violations(tab), [], 'form with a fault')
    await tab.goBack()
    await tab.getByRole('link', { name: 'job' }).click()
    await heading(tab, 'job')
    t.strictSame(await violations(tab), [], 'client')
    await button(tab, 'Delete').click()
    await tab.getByRole('dialog').waitFor()
    t.strictSame(await violations(tab), [], 'dialog')
    t.ok(client)
  })
}
