import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { t } from 'tap'

const executablePath = '/usr/bin/chromium'

/** Why a test that needs the browser is skipped, or `false`. In CI it is installed, and without it the test fails. */
export const skipWithoutBrowser = !process.env.CI && !existsSync(executablePath) && `there is no ${executablePath}`

/** Chromium, shared by all tests of the file; call it within a test. It makes no network requests of its own. */
export function useBrowser(): () => Browser {
  let browser: Browser
  t.before(async () => {
    if (skipWithoutBrowser) return
    browser = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    })
  })
  t.teardown(async () => await browser?.close())
  return () => browser
}

/**
 * Gives the page an authenticator for passkeys that verifies its user. Resolves to its id, and the session that has it.
 */
export async function addVirtualAuthenticator(
  page: Page,
  more: { defaultBackupEligibility?: boolean; defaultBackupState?: boolean } = {}
) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...more
    }
  })
  return { devtools, authenticatorId }
}
