import { setTimeout } from 'node:timers/promises'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { build } from '../../src/app.ts'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import type { Config } from '../../src/config/config.ts'
import { createTestClock } from '../../src/testing/clock.ts'
import { createUser, password, testConfig } from './app.ts'
import { addVirtualAuthenticator, startBrowser } from './browser.ts'
import { databaseUrl } from './engines.ts'
import { freePort } from './free-port.ts'
import { dateBy } from './server.ts'

export type ConsoleWorld = Awaited<ReturnType<typeof openConsole>>

/**
 * A listening server with the administrator alice and the user bob, whose clock runs and can be moved, and a tab of
 * Chromium at its console. With `hasPasskeys`, the server has passkeys, and the tab an authenticator for them; with
 * `offersPasskeys` too, the authenticator uses them at once where the browser offers them in its autofill. The test
 * fails when a page breaks its Content-Security-Policy, throws an error, or sends a request to another host.
 */
export async function openConsole(
  t: Test,
  {
    settings = {},
    hasPasskeys = false,
    offersPasskeys = false,
    context: options = {}
  }: {
    settings?: Partial<Config>
    hasPasskeys?: boolean
    offersPasskeys?: boolean
    context?: BrowserContextOptions
  } = {}
) {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const clock = createTestClock()
  const passkeys = hasPasskeys ? { rpId: 'localhost', rpOrigins: [url] } : {}
  const config = testConfig({
    databaseUrl: await databaseUrl(t, 'sqlite'),
    issuer: url,
    port,
    ...passkeys,
    ...settings
  })
  const app = await build({ config, now: clock.now })
  t.teardown(() => app.close())
  await createUser(app, 'alice', adminScopes)
  await createUser(app, 'bob')
  dateBy(app, clock.now)
  await app.listen({ host: '127.0.0.1', port })

  const browser = await startBrowser()
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options })
  t.teardown(() => context.close())
  const faults: string[] = []
  context.on('request', request => {
    if (new URL(request.url()).host !== `localhost:${port}` && !request.url().startsWith('data:'))
      faults.push(`request to ${request.url()}`)
  })
  context.on('weberror', error => faults.push(String(error.error())))
  context.on('console', message => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/i.test(message.text())) faults.push(message.text())
  })
  t.teardown(() => {
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })

  let pending = 0
  context.on('request', () => pending++)
  context.on('requestfinished', () => pending--)
  context.on('requestfailed', () => pending--)

  const tab = await context.newPage()
  const authenticator = hasPasskeys ? await addVirtualAuthenticator(tab) : undefined
  if (!offersPasskeys) await context.addInitScript(withoutOffers)

  return {
    app,
    clock,
    config,
    url,
    browser,
    context,
    tab,
    /** Of the tab, with `hasPasskeys`. */
    authenticator,
    faults,

    /** Resolves when all requests are answered, and the page shows the answers. */
    async isSettled(page: Page = tab) {
      do {
        while (pending > 0) await setTimeout(10)
        await page.evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))')
      } while (pending > 0)
    },

    /**
     * Opens a path of the console, such as `/accounts`, and signs in there unless the tab has a login. Resolves when
     * its page is shown.
     */
    async open(path = '/', username = 'alice', page: Page = tab) {
      await page.goto(`${url}/console${path}`)
      const signOut = page.getByRole('button', { name: 'Sign out' })
      const form = page.getByLabel('Username or e-mail address', { exact: true })
      await signOut.or(form).waitFor()
      if (await form.isVisible()) await logInOn(page, username)
      await signOut.waitFor()
      // The code of a page is loaded when it is first shown.
      await page.locator('main h1').first().waitFor()
    }
  }
}

/** Makes a browser that has dialogs for passkeys only. */
const withoutOffers = `if (window.PublicKeyCredential) {
  PublicKeyCredential.getClientCapabilities = async () => ({})
  PublicKeyCredential.isConditionalMediationAvailable = async () => false
}`

/** Fills in the form of the page, or of the dialog over it, and sends it. */
export async function logInOn(page: Page, username: string, given = password) {
  await page.getByLabel('Username or e-mail address', { exact: true }).fill(username)
  await page.getByLabel('Password', { exact: true }).fill(given)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** The message that says what an action did. */
export const status = (page: Page, text: string | RegExp) =>
  page.getByRole('status').filter({ hasText: text }).first().waitFor()

/** The message that says why an action failed. */
export const alert = (page: Page, text: string | RegExp) =>
  page.getByRole('alert').filter({ hasText: text }).first().waitFor()

/** The themes and widths in which every page is looked at. */
export const themes = ['light', 'dark'] as const

/** Resolves when the list of accounts knows the own one, which "Select all" leaves out. */
export const ownIsKnown = (tab: Page) => tab.locator('tbody').getByText('You', { exact: true }).waitFor()
