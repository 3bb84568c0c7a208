import { join } from 'node:path'
import type { Page, Request, Route } from 'playwright-core'
import t, { type Test } from 'tap'
import { password } from '../support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { cloneInto } from '../support/clone.ts'
import { freePort } from '../support/free-port.ts'
import { readmeCommands, runCommands } from '../support/readme-commands.ts'
import { authenticatorApp } from '../support/second-factor.ts'

const browser = useBrowser()

/** Runs the commands of the example's README on free ports. Resolves to the URLs of the page and the server. */
async function followReadme(t: Test) {
  const cwd = t.testdir()
  cloneInto(cwd, ['examples'])
  const [port, pagePort] = [await freePort(), await freePort()]
  const background = (url: string) => ` > /dev/null &\nuntil curl -so /dev/null ${url}; do sleep 0.1; done`
  const commands = readmeCommands(join(cwd, 'examples', 'spa', 'README.md')).map(block =>
    block
      .replaceAll(':3000', `:${port}`)
      .replaceAll('5173', String(pagePort))
      .replace('npm start', `npm start${background(`http://127.0.0.1:${port}/readyz`)}`)
      .replace('--strictPort', `--strictPort${background(`http://localhost:${pagePort}/`)}`)
  )
  t.equal(commands.length, 3)
  const quietNpm = { npm_config_update_notifier: 'false' }
  await runCommands(t, commands, { cwd, env: { PORT: String(port), BCRYPT_COST: '4', DRAIN_DELAY: '0', ...quietNpm } })
  return { url: `http://localhost:${pagePort}/`, server: `http://127.0.0.1:${port}` }
}

async function signIn(tab: Page, given: string, username = 'alice') {
  await tab.getByLabel('Username').fill(username)
  await tab.getByLabel('Password').fill(given)
  await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Runs in the page. */
const expireToken = `for (const [key, text] of Object.entries(localStorage))
  localStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), refreshAt: 0, expiresAt: 0 }))`

const focused = (tab: Page) => tab.evaluate('document.activeElement.id')
const button = (tab: Page, name: string) => tab.getByRole('button', { name, exact: true })
const status = (tab: Page, text: string) => tab.getByRole('status').getByText(text).waitFor()

t.test(
  'the page signs in, reads the account, refreshes and signs out, built and served as its README says',
  {
    skip: skipWithoutBrowser
  },
  async t => {
    const { url, server } = await followReadme(t)
    const context = await browser().newContext({ locale: 'en-GB', timezoneId: 'UTC' })
    t.teardown(() => context.close())
    const hosts = new Set<string>()
    let refreshes = 0
    context.on('request', request => {
      hosts.add(new URL(request.url()).hostname)
      if (request.postData()?.includes('grant_type=refresh_token')) refreshes++
    })
    const tab = await context.newPage()
    await tab.goto(url)

    await signIn(tab, 'a wrong password')
    await tab.getByRole('status').getByText('The username or the password is wrong.').waitFor()
    await signIn(tab, password)
    const name = tab.getByRole('heading', { name: 'Alice Liddell' })
    await name.waitFor()
    t.equal(await tab.getByRole('status').textContent(), '')
    t.strictSame((await tab.locator('dd').allTextContents()).slice(0, 2), ['alice', 'none'])
    t.equal(await tab.evaluate('document.activeElement.id'), 'name', 'a screen reader continues there')

    await tab.evaluate(expireToken)
    await tab.reload()
    await name.waitFor()
    t.equal(refreshes, 1, 'the login survives a reload and an expired token')
    const offline = tab.getByRole('status').getByText('Are you offline?')
    await context.setOffline(true)
    await tab.getByRole('button', { name: 'Read again' }).click()
    await offline.waitFor()
    await context.setOffline(false)
    await tab.getByRole('button', { name: 'Read again' }).click()
    await offline.waitFor({ state: 'detached' })
    t.ok(await name.isVisible())

    const other = await context.newPage()
    await other.goto(url)
    await other.getByRole('heading', { name: 'Alice Liddell' }).waitFor()
    await other.getByRole('button', { name: 'Sign out' }).click()
    for (const each of [tab, other]) await each.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.equal(await tab.evaluate('localStorage.length'), 0)
    t.equal(await other.evaluate('document.activeElement.id'), 'username')
    t.strictSame([...hosts].sort(), ['127.0.0.1', 'localhost'])

    await t.test('and sets up an authenticator app, whose codes sign in', t => setUpApp(t, tab))
    await t.test('and adds a passkey, which signs in (against a fake)', t => usePasskey(t, tab, url, server))
  }
)

async function setUpApp(t: Test, tab: Page) {
  const name = tab.getByRole('heading', { name: 'Alice Liddell' })
  await signIn(tab, password)
  await name.waitFor()
  t.equal(await tab.locator('#account-factors').textContent(), 'none')
  await button(tab, 'Set up an authenticator app').click()
  await tab.getByRole('heading', { name: 'Set up an authenticator app' }).waitFor()
  t.equal(await focused(tab), 'enrol-title')
  const drawn = await tab.evaluate('document.getElementById("qr").decode().then(() => qr.naturalWidth)')
  t.ok(Number(drawn) > 0, 'the QR code is drawn')
  const app = authenticatorApp(String(await tab.locator('#secret').textContent()))
  await tab.getByLabel('Code that the app shows').fill('000000')
  await button(tab, 'Confirm').click()
  await status(tab, 'The code is wrong')
  const confirmedAt = new Date()
  await tab.getByLabel('Code that the app shows').fill(app.code(confirmedAt))
  await button(tab, 'Confirm').click()
  await tab.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
  t.equal(await focused(tab), 'recovery-title')
  const [recoveryCode = '', ...others] = await tab.locator('#recovery-codes li').allTextContents()
  t.equal(others.length, 9)
  await button(tab, 'I have kept them').click()
  await name.waitFor()
  await tab.locator('#account-factors').getByText('authenticator app').waitFor()
  t.notMatch(await tab.content(), recoveryCode)

  const signInAgain = async () => {
    await button(tab, 'Sign out').click()
    await signIn(tab, password)
    await tab.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
  }
  await signInAgain()
  const code = tab.getByLabel('Code of your authenticator app')
  t.equal(await focused(tab), 'code')
  t.equal(await code.getAttribute('autocomplete'), 'one-time-code')
  t.equal(await code.getAttribute('inputmode'), 'numeric')
  t.notOk(await button(tab, 'Use a passkey').isVisible(), 'the server has no passkeys')
  await code.fill('000000')
  await button(tab, 'Continue').click()
  await status(tab, 'The code is wrong, expired or was already used.')
  t.equal(await focused(tab), 'code')
  t.equal(await code.inputValue(), '')
  await button(tab, 'Use a recovery code').click()
  await tab.getByLabel('Recovery code', { exact: true }).fill(recoveryCode)
  t.equal(await focused(tab), 'code')
  await button(tab, 'Continue').click()
  await name.waitFor()
  t.equal(await focused(tab), 'name')
  t.equal(await tab.getByRole('status').textContent(), '')

  await signInAgain()
  await button(tab, 'Cancel').click()
  await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.equal(await tab.getByRole('status').textContent(), '')
  t.equal(await tab.evaluate('localStorage.length'), 0)

  await signIn(tab, password)
  const step = (date: Date) => Math.floor(date.getTime() / 30_000)
  while (!(await name.isVisible())) {
    // The first code is used up. A code of the step before fails when the next step begins meanwhile.
    const now = new Date()
    await code.fill(app.code(now, step(now) === step(confirmedAt) ? -1 : 0))
    await button(tab, 'Continue').click()
    await Promise.race([name.waitFor(), status(tab, 'The code is wrong')])
  }
  await button(tab, 'Sign out').click()
  await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
}

/** Answers for a server without passkeys, for the passkeys of a virtual authenticator. */
async function usePasskey(t: Test, tab: Page, url: string, server: string) {
  const forms: Record<string, string>[] = []
  const formOf = (request: Request) => Object.fromEntries(new URLSearchParams(request.postData() ?? ''))
  const json = (route: Route, status: number, body: object) =>
    route.fulfill({ status, json: body, headers: { 'access-control-allow-origin': '*' } })
  const challenge = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  await tab.route(`${server}/.well-known/webauthn`, route => json(route, 200, { origins: [] }))
  const preflight = (route: Route) =>
    route.fulfill({
      status: 204,
      headers: { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'authorization, content-type' }
    })
  await tab.route(`${server}/users/me/passkeys/options`, route =>
    route.request().method() === 'OPTIONS'
      ? preflight(route)
      : json(route, 200, {
          rp: { id: 'localhost', name: 'localhost' },
          user: { id: 'AQ', name: 'alice', displayName: 'alice' },
          challenge,
          pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
          excludeCredentials: [],
          authenticatorSelection: { residentKey: 'required', requireResidentKey: true }
        })
  )
  let added: { name?: string; response?: { type?: string } } = {}
  await tab.route(`${server}/users/me/passkeys`, route => {
    if (route.request().method() === 'OPTIONS') return preflight(route)
    added = route.request().postDataJSON()
    return json(route, 201, { passkey: {} })
  })
  await tab.route(`${server}/authorize-challenge`, route => {
    const form = formOf(route.request())
    forms.push(form)
    if (form.passkey) return json(route, 200, { authorization_code: 'code' })
    const members = { auth_session: 'x', factors: ['password', 'passkey'], passkey: { challenge, rpId: 'localhost' } }
    return json(route, 400, { error: 'insufficient_authorization', error_description: 'More.', ...members })
  })
  // A page in the background gets no passkey.
  await tab.bringToFront()
  const cdp = await tab.context().newCDPSession(tab)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true
    }
  })

  await fetch(`${server}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'bob', password })
  })
  await tab.goto(url)
  await signIn(tab, password, 'bob')
  const name = tab.getByRole('heading', { name: 'bob' })
  await tab.locator('#account-factors').getByText('none').waitFor()
  await button(tab, 'Add a passkey').click()
  await status(tab, 'The passkey is added.')
  t.match(added, { name: 'This device', response: { type: 'public-key' } })
  await button(tab, 'Sign out').click()

  const tokens = await fetch(`${server}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', username: 'bob', password })
  })
  const body = (await tokens.json()) as object
  await tab.route(`${server}/token`, route => json(route, 200, body), { times: 1 })
  await button(tab, 'Sign in with a passkey').click()
  await name.waitFor()
  t.match(forms, [{ response_type: 'code' }, { auth_session: 'x', passkey: /"signature"/ }])
}
