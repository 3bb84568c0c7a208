import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { type Test, t } from 'tap'
import { executablePath, launchChromium } from './chromium.ts'

/** Why a test that needs the browser is skipped, or `false`. In CI it is installed, and without it the test fails. */
export const skipWithoutBrowser = !process.env.CI && !existsSync(executablePath) && `there is no ${executablePath}`

/** A test that is skipped where there is no browser. */
export const browserTest = (name: string, run: (t: Test) => Promise<unknown>) =>
  t.test(name, { skip: skipWithoutBrowser }, run)

let launched: Promise<Browser> | undefined

async function launch() {
  const browser = await launchChromium()
  t.teardown(() => browser.close())
  return browser
}

/** Chromium, shared by all tests of the process. */
export function startBrowser(): Promise<Browser> {
  launched ??= launch()
  return launched
}

/** The same for tests that do not open the console; call it within a file, and what it returns within a test. */
export function useBrowser(): () => Browser {
  let browser: Browser
  t.before(async () => {
    if (!skipWithoutBrowser) browser = await startBrowser()
  })
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

/**
 * Asserts that `read` returns `wanted` within five seconds, because what a page shows may still be loading. What must
 * be absent, or must have stayed, is asserted at once instead.
 */
export async function becomes<T>(t: Test, read: () => Promise<T>, wanted: T, message = 'what the page shows') {
  const until = Date.now() + 5_000
  let found = await read()
  while (found !== wanted && Date.now() < until) {
    await setTimeout(25)
    found = await read()
  }
  t.equal(found, wanted, message)
}
