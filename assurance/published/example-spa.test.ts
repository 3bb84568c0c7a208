import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { createTestClock } from '../../src/testing/clock.ts'
import { createUser, createVerifiedUser, password } from '../../test/support/app.ts'
import { addVirtualAuthenticator, skipWithoutBrowser, useBrowser } from '../../test/support/browser.ts'
import { codeIn } from '../../test/support/email-codes.ts'
import { deliverAll, startMailServer } from '../../test/support/mail-server.ts'
import { authenticatorApp } from '../../test/support/second-factor.ts'
import { startServer } from '../../test/support/server.ts'
import { button, followReadme, heading, status } from '../support/example.ts'

const browser = useBrowser()

async function signIn(tab: Page, given: string, username = 'alice') {
  await tab.getByLabel('Username').fill(username)
  await tab.getByLabel('Password', { exact: true }).fill(given)
  await tab.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Runs in the page. */
const expireToken = `for (const [key, text] of Object.entries(localStorage))
  localStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), refreshAt: 0, expiresAt: 0 }))`

const focused = (tab: Page) => tab.evaluate('document.activeElement.id')

t.test(
  'The page signs in, reads the account, refreshes and signs out, built and served as its README says',
  {
    skip: skipWithoutBrowser
  },
  async t => {
    const { url, server, blocks } = await followReadme(t, 'spa', '--strictPort')
    t.equal(blocks, 3)
    const context = await browser().newContext({ locale: 'en-GB', timezoneId: 'UTC' })
    t.teardown(() => context.close())
    const hosts = new Set<string>()
    let refreshes = 0
    context.on('request', request => hosts.add(new URL(request.url()).hostname))
    // After a reload, a refused request learns the nonce first.
    context.on('response', answer => {
      if (answer.ok() && answer.request().postData()?.includes('grant_type=refresh_token')) refreshes++
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

    await t.test('And sets up an authenticator app, whose codes sign in', t => setUpApp(t, tab))
    await t.test('And adds a passkey, which signs in alone and after the password', t =>
      usePasskey(t, tab, url, server)
    )
    const page = { url, server }
    await t.test('And asks again when a login is older than ten minutes', t => stepUp(t, page))
    await t.test('And lets a user who has to have a second factor only add one', t => mustEnrol(t, page))
    await t.test('And signs in with a code in the mail, in German', t => signInByMail(t, page))
  }
)

async function setUpApp(t: Test, tab: Page) {
  const name = tab.getByRole('heading', { name: 'Alice Liddell' })
  await signIn(tab, password)
  await name.waitFor()
  t.equal(await tab.locator('dd').last().textContent(), 'none')
  await button(tab, 'Set up an authenticator app').click()
  await tab.getByRole('heading', { name: 'Set up an authenticator app' }).waitFor()
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
  const [recoveryCode = '', ...others] = await tab.locator('#recovery-codes li').allTextContents()
  t.equal(others.length, 9)
  await button(tab, 'I have kept them').click()
  await name.waitFor()
  await factors(tab, 'authenticator app')
  t.notMatch(await tab.content(), recoveryCode)

  const signInAgain = async () => {
    await button(tab, 'Sign out').click()
    await signIn(tab, password)
    await tab.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
  }
  const asked = tab.waitForEvent('console', message => message.text().includes('status of 403'))
  await signInAgain()
  t.match((await asked).text(), /^Failed to load resource/, 'the console shows the question (docs/browser.md)')
  const code = tab.getByLabel('Code of your authenticator app')
  t.equal(await focused(tab), 'code')
  t.equal(await code.getAttribute('autocomplete'), 'one-time-code')
  t.equal(await code.getAttribute('inputmode'), 'numeric')
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

/** Runs in the page, until it is loaded again: the authenticator would pick a passkey as soon as it is offered. */
const offerNoPasskeys = `PublicKeyCredential.getClientCapabilities = undefined
  PublicKeyCredential.isConditionalMediationAvailable = undefined`

async function keepCodes(tab: Page) {
  await tab.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
  await button(tab, 'I have kept them').click()
}

const factors = (tab: Page, text: string) => tab.locator('dd').last().getByText(text, { exact: true }).waitFor()

async function usePasskey(t: Test, tab: Page, url: string, server: string) {
  // A page in the background gets no passkey.
  await tab.bringToFront()
  await addVirtualAuthenticator(tab)
  await fetch(`${server}/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'bob', password })
  })
  await tab.goto(url)
  await signIn(tab, password, 'bob')
  await factors(tab, 'none')
  await tab.evaluate(offerNoPasskeys)
  // The offer of passkeys showed its question before that.
  const complaints: string[] = []
  tab.on('console', message => complaints.push(message.text()))
  await button(tab, 'Add a passkey').click()
  await keepCodes(tab)
  await factors(tab, 'passkey')
  t.strictSame(complaints, [])
  await button(tab, 'Add a passkey').click()
  // A further factor asks for the first one.
  await heading(tab, 'Confirm that it is you')
  await button(tab, 'Use a passkey').click()
  await status(tab, 'This device already has a passkey of the account.')

  await button(tab, 'Sign out').click()
  await button(tab, 'Sign in with a passkey').click()
  await factors(tab, 'passkey')
  await button(tab, 'Sign out').click()
  await signIn(tab, password, 'bob')
  await heading(tab, 'Confirm that it is you')
  await button(tab, 'Use a passkey').click()
  await factors(tab, 'passkey')
  await button(tab, 'Sign out').click()
  await heading(tab, 'Sign in')
  await tab.reload()
  await factors(tab, 'passkey')
}

/** A server with these settings, whose clock the test moves, and a tab in which it stands behind the page. */
async function serve(t: Test, page: { url: string; server: string }, settings: Partial<Config>, locale = 'en-GB') {
  const { now, advance } = createTestClock()
  const { app, url } = await startServer(t, { corsOrigins: [new URL(page.url).origin], ...settings }, now)
  const context: BrowserContext = await browser().newContext({ locale })
  t.teardown(() => context.close())
  await context.route(`${page.server}/**`, route =>
    route.continue({ url: route.request().url().replace(page.server, url) })
  )
  return { app, now, advance, tab: await context.newPage() }
}

/** The page with an authenticator, where alice has signed in. */
async function openAt(t: Test, page: { url: string; server: string }, settings: Partial<Config>) {
  const { app, now, advance, tab } = await serve(t, page, settings)
  await createUser(app, 'alice')
  await addVirtualAuthenticator(tab)
  await tab.goto(page.url)
  await tab.evaluate(offerNoPasskeys)
  await signIn(tab, password)
  return { tab, now, advance }
}

const passkeysAt = ({ url }: { url: string }) => ({ rpId: 'localhost', rpOrigins: [new URL(url).origin] })

async function stepUp(t: Test, page: { url: string; server: string }) {
  const { tab, now, advance } = await openAt(t, page, passkeysAt(page))
  const asked = () => heading(tab, 'Confirm that it is you')
  await factors(tab, 'none')
  advance(601)
  await button(tab, 'Add a passkey').click()
  await asked()
  const input = tab.locator('#code')
  t.equal(await tab.locator('#code-label').textContent(), 'Password', 'the account has no second factor')
  t.equal(await input.getAttribute('type'), 'password')
  await button(tab, 'Cancel').click()
  await heading(tab, 'alice')
  t.equal(await tab.getByRole('status').textContent(), '')

  await button(tab, 'Add a passkey').click()
  await asked()
  await input.fill('a wrong password')
  await button(tab, 'Continue').click()
  await status(tab, 'The username or the password is wrong.')
  t.equal(await input.inputValue(), '')
  await input.fill(password)
  await button(tab, 'Continue').click()
  await keepCodes(tab)
  await factors(tab, 'passkey')

  await button(tab, 'Set up an authenticator app').click()
  await asked()
  t.equal(await tab.locator('#code-label').textContent(), 'Code of your authenticator app')
  await button(tab, 'Use a passkey').click()
  await heading(tab, 'Set up an authenticator app')
  const app = authenticatorApp(String(await tab.locator('#secret').textContent()))
  advance(601)
  await tab.getByLabel('Code that the app shows').fill(app.code(now()))
  await button(tab, 'Confirm').click()
  await keepCodes(tab)
  await factors(tab, 'authenticator app, passkey')
}

async function mustEnrol(t: Test, page: { url: string; server: string }) {
  const { tab } = await openAt(t, page, { ...passkeysAt(page), secondFactor: 'required' })
  await heading(tab, 'Add a second factor')
  t.equal(await focused(tab), 'name')
  await tab.getByText('Your account needs a second factor').waitFor()
  for (const name of ['Read again']) t.notOk(await button(tab, name).isVisible(), name)
  t.notOk(await tab.locator('#details').isVisible())
  t.equal(await tab.getByRole('status').textContent(), '')
  await button(tab, 'Add a passkey').click()
  await keepCodes(tab)
  await heading(tab, 'Sign in')
  await status(tab, 'Sign in again, now with your second factor.')
  await button(tab, 'Sign in with a passkey').click()
  await heading(tab, 'alice')
  await factors(tab, 'passkey')
}

async function signInByMail(t: Test, page: { url: string; server: string }) {
  const mail = await startMailServer(t)
  const { app, tab } = await serve(t, page, { emailCodes: 'on', smtpUrl: mail.url }, 'de-DE')
  await createVerifiedUser(app)
  await deliverAll(app)
  await tab.goto(page.url)
  await heading(tab, 'Anmelden')
  t.equal(await tab.locator('html').getAttribute('lang'), 'de')
  await button(tab, 'Code per E-Mail senden').click()
  t.equal(await focused(tab), 'username', 'the name is needed')
  await tab.getByLabel('Benutzername').fill('alice')
  await button(tab, 'Code per E-Mail senden').click()
  const code = tab.getByLabel('Code aus der Nachricht')
  await code.fill('12345x')
  await button(tab, 'Weiter').click()
  await tab.getByRole('status').getByText(/./).waitFor()
  await deliverAll(app)
  await code.fill(codeIn(mail.messages.at(-1)))
  await button(tab, 'Weiter').click()
  await factors(tab, 'keine')
}
