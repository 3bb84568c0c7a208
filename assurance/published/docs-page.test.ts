import Fastify from 'fastify'
import type { BrowserContextOptions, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { builtInScopes } from '../../src/auth/scopes.ts'
import { sallyport } from '../../src/index.ts'
import { createUser, password } from '../../test/support/app.ts'
import { violations } from '../../test/support/axe.ts'
import { skipWithoutBrowser, useBrowser } from '../../test/support/browser.ts'
import { createClock } from '../../test/support/clocks.ts'
import { freePort } from '../../test/support/free-port.ts'
import { enrol } from '../../test/support/second-factor.ts'
import { startServer } from '../../test/support/server.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** The docs page of a fresh server, and every error on it since it opened. */
async function openDocs(t: Test, now?: () => Date, options: BrowserContextOptions = {}, settings = {}) {
  const server = await startServer(t, { docs: 'on', ...settings }, now)
  const page = await browser().newPage({ viewport: { width: 1280, height: 1000 }, ...options })
  t.teardown(() => page.close())
  const complaints: string[] = []
  const hosts = new Set<string>()
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => complaints.push(`script: ${error.message}`))
  page.on('requestfailed', request => complaints.push(`request: ${request.url()} ${request.failure()?.errorText}`))
  page.on('request', request => hosts.add(new URL(request.url()).origin))
  page.on('response', response => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`)
  })
  await page.goto(`${server.url}/docs`)
  await page.locator('.opblock').first().waitFor()
  return {
    ...server,
    page,
    hosts,
    /** Asserts that nothing failed and that no other origin received a request. */
    assertQuiet(t: Test) {
      t.same(complaints, [])
      t.same([...hosts], [server.url])
    }
  }
}

/** Opens an operation, sends it unchanged, and resolves to the answer that the page shows. */
async function execute(page: Page, operationId: string) {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`)
  await operation.locator('.opblock-summary-control').click()
  await operation.locator('button.execute').click()
  const answer = operation.locator('.live-responses-table tbody')
  const status = (await answer.locator('.response-col_status').first().textContent())?.trim()
  const body = answer.locator('.response-col_description .highlight-code code')
  if ((await body.count()) === 0) return { status }
  return { status, body: JSON.parse(String(await body.first().textContent())) as Record<string, unknown> }
}

/** Fills in the Authorize dialog and resolves to it and to the server's answer. */
async function logIn(page: Page, fields: Record<string, string>) {
  const { username = 'alice', clientId = '', clientSecret = '' } = fields
  await page.locator('.auth-wrapper button.authorize').click()
  const dialog = page.locator('.modal-ux')
  // The first field of the dialog has the focus.
  await dialog.locator('#oauth_username:focus').fill(username)
  await dialog.locator('#oauth_password').fill(fields.password ?? password)
  await dialog.locator('#client_id_password').fill(clientId)
  await dialog.locator('#client_secret_password').fill(clientSecret)
  await dialog.getByText('select all', { exact: true }).first().click()
  const [answer] = await Promise.all([
    page.waitForResponse(response => response.url().endsWith('/token')),
    dialog.locator('button.authorize').first().click()
  ])
  return { dialog, answer }
}

t.test(
  'An account logs in on the docs page with every scope ticked and no client named, and reads its profile',
  { skip },
  async t => {
    const { app, page, assertQuiet } = await openDocs(t)
    const alice = await createUser(app)

    const { dialog, answer } = await logIn(page, {})
    // The answer arrives before the page has drawn it.
    await dialog.locator('input[type=checkbox]').first().waitFor({ state: 'detached' })
    t.equal(await dialog.locator('input[type=checkbox]').count(), 0, 'the dialog shows that it is logged in')
    const asked = new URLSearchParams(answer.request().postData() ?? '')
    t.equal(asked.get('scope'), Object.keys(builtInScopes).join(' '))
    t.equal(await answer.request().headerValue('authorization'), 'Basic Og==')
    t.equal(answer.status(), 200)
    t.match(await answer.json(), { scope: 'me' }, 'what an ordinary account may have, not a refusal')
    await dialog.locator('button.btn-done').first().click()

    const { status, body } = await execute(page, 'getMe')
    t.equal(status, '200')
    t.match(body, { id: alice.id, username: 'alice' })
    assertQuiet(t)
  }
)

t.test(
  'The docs page explains why a login failed, and the browser shows no login dialog of its own',
  { skip },
  async t => {
    const { app, page, hosts, url } = await openDocs(t)
    await createUser(app)
    const scenarios = [
      { fields: { password: 'a wrong password' }, status: 400, said: 'The username or the password is wrong.' },
      { fields: { clientId: 'c_unknown', clientSecret: 'wrong' }, status: 401, said: 'The client is unknown' }
    ]
    for (const { fields, status, said } of scenarios) {
      const { dialog, answer } = await logIn(page, fields)
      t.equal(answer.status(), status)
      t.match(await dialog.locator('.errors', { hasText: said }).first().textContent(), said)
      t.equal(await page.locator('.errors:visible', { hasText: said }).count(), 1, 'once')
      await dialog.locator('button.close-modal').click()
    }
    t.same([...hosts], [url])
  }
)

t.test(
  'An account with a second factor logs in on the docs page, with the code after the password',
  { skip },
  async t => {
    const clock = createClock()
    const { app, page, hosts, url } = await openDocs(t, clock.now)
    const alice = await createUser(app)
    const { code } = await enrol({ app, clock })

    const { dialog, answer } = await logIn(page, {})
    t.equal(answer.status(), 403)
    const said = dialog
      .locator('.errors', { hasText: 'or the code of the authenticator app after the password' })
      .first()
    await said.waitFor()
    await dialog.locator('button.close-modal').click()

    const again = await logIn(page, { password: password + code() })
    t.equal(again.answer.status(), 200)
    await again.dialog.locator('button.btn-done').first().click()
    t.match(await execute(page, 'getMe'), { status: '200', body: { id: alice.id } })
    t.same([...hosts], [url])
  }
)

t.test('The examples of the docs page can be sent unchanged', { skip }, async t => {
  const { page, assertQuiet } = await openDocs(t)
  const account = { username: 'alice', email: 'alice@example.com', full_name: 'Alice Liddell' }
  const sent = page.waitForRequest(request => request.method() === 'POST')
  t.match(await execute(page, 'registerUser'), { status: '201', body: account })
  const { username, password } = (await sent).postDataJSON()
  const tokens = { token_type: 'Bearer', expires_in: 600, scope: 'me' }
  t.match(await execute(page, 'createToken'), { status: '200', body: tokens })
  t.same(await execute(page, 'revokeToken'), { status: '200' })

  const { dialog } = await logIn(page, { username, password })
  await dialog.locator('button.btn-done').first().click()
  t.match(await execute(page, 'getMe'), { status: '200', body: account })
  const changed = { username: 'alice', full_name: 'Alice Pleasance Liddell' }
  t.match(await execute(page, 'updateMe'), { status: '200', body: changed })
  t.match(await execute(page, 'listMySessions'), { status: '200', body: { items: [{}, {}] } })
  t.same(await execute(page, 'endMySessions'), { status: '204' })
  t.match(await execute(page, 'changePassword'), { status: '200', body: tokens })
  for (const id of ['getJwks', 'getMetadata', 'getLiveness', 'getReadiness']) {
    t.match(await execute(page, id), { status: '200' }, id)
  }
  assertQuiet(t)
})

t.test('The docs page works below a path, and at an address other than the issuer', { skip }, async t => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const app = Fastify()
  t.teardown(() => app.close())
  const settings = {
    databaseUrl: 'sqlite::memory:',
    bcryptCost: 4,
    prefix: '/auth',
    issuer: 'https://login.example.com/auth'
  }
  await app.register(sallyport, settings)
  await app.listen({ port })
  await app.sallyport.createUser({ username: 'alice', password })
  const page = await browser().newPage()
  t.teardown(() => page.close())
  await page.goto(`${url}/auth/docs`)
  await page.locator('.opblock').first().waitFor()
  const links = await page.locator('.info a[href$=json]:visible').all()
  t.strictSame(await Promise.all(links.map(link => link.getAttribute('href'))), ['/auth/openapi.json'])
  const { dialog, answer } = await logIn(page, {})
  t.equal(answer.status(), 200)
  await dialog.locator('button.btn-done').first().click()
  t.match(await execute(page, 'getMe'), { status: '200', body: { username: 'alice' } })
})

/** Opens operations of every method, the answer to one, and a schema. */
async function unfold(page: Page) {
  await execute(page, 'getLiveness')
  for (const id of ['registerUser', 'updateMe', 'deleteMe', 'changePassword', 'listUsers'])
    await page.locator(`.opblock[id$="-${id}"] .opblock-summary-control`).click()
  await page.locator('.json-schema-2020-12-expand-deep-button').last().click()
}

t.test(
  'The docs page follows the colour scheme of the browser, and is readable in both (WCAG 2.2 §1.4.3)',
  { skip },
  async t => {
    const { page, assertQuiet } = await openDocs(t, undefined, { colorScheme: 'dark' })
    await unfold(page)
    for (const [colorScheme, canvas, background] of [
      ['dark', 'html.dark-mode', 'rgb(28, 32, 34)'],
      ['light', 'html:not(.dark-mode) body', 'rgb(250, 250, 250)']
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await page.locator(canvas).waitFor()
      t.equal(await page.evaluate(`getComputedStyle(document.querySelector('${canvas}')).backgroundColor`), background)
      t.strictSame(await violations(page, ['color-contrast']), [], colorScheme)
      await page.locator('.auth-wrapper button.authorize').click()
      t.strictSame(await violations(page, ['color-contrast']), [], `${colorScheme}, with the Authorize dialog`)
      await page.locator('button.close-modal').click()
    }
    assertQuiet(t)
  }
)

for (const [width, height] of [
  [1280, 850],
  [320, 640]
] as const)
  t.test(`The docs page and its Authorize dialog fit ${width} by ${height} (WCAG 2.2 §1.4.10)`, { skip }, async t => {
    const { page } = await openDocs(t, undefined, { viewport: { width, height }, isMobile: width === 320 })
    await unfold(page)
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
    const { dialog } = await logIn(page, { password: 'a wrong password' })
    await dialog.locator('.errors').waitFor()
    t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, 'with the Authorize dialog')
    for (const name of ['button.authorize', 'button.btn-done']) {
      const box = await dialog.locator(name).boundingBox()
      t.ok(box && box.y + box.height <= height && box.x + box.width <= width, name)
    }
  })
