import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { password } from '../support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { logInOn, openConsole, status } from '../support/console.ts'
import { authenticatorApp } from '../support/second-factor.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** Answers the dialog that asks who the person is. */
async function confirm(tab: Page, label: string, answer: string) {
  await tab.getByRole('dialog').getByLabel(label).fill(answer)
  await tab.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
}

/**
 * Sets up an authenticator app on the open page, after `prove` where the server asks for more. Resolves to the app and
 * the recovery codes.
 */
async function setUpApp(
  tab: Page,
  now: () => Date,
  label = 'Set up an authenticator app',
  prove: () => Promise<unknown> = async () => {}
) {
  await tab.getByRole('button', { name: label }).click()
  await prove()
  await tab.getByRole('img', { name: 'QR code' }).waitFor()
  const { code } = authenticatorApp(String(await tab.locator('code').textContent()))
  await tab.getByLabel('Code that the app shows').fill(code(now()))
  await tab.getByRole('button', { name: 'Confirm the code' }).click()
  await tab.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  return { code, codes: await tab.locator('li code').allTextContents() }
}

t.test('adds an authenticator app, replaces and removes it', { skip }, async t => {
  const { app, tab, open, clock } = await openConsole(t, browser())
  const { id } = await app.userAdmin.byIdOrName('bob')
  await open('/account/security', 'bob')
  await tab.getByText('Your password alone signs you in').waitFor()
  await tab.getByRole('button', { name: 'Set up an authenticator app' }).click()
  await tab.getByLabel('Code that the app shows').fill('000000')
  await tab.getByRole('button', { name: 'Confirm the code' }).click()
  await tab.getByText('is wrong').waitFor()
  await tab.getByRole('button', { name: 'Cancel' }).click()

  const { codes, code } = await setUpApp(tab, clock.now)
  t.equal(codes.length, 10)
  await status(tab, 'The authenticator app is added. Your other logins have ended.')
  await tab.getByRole('button', { name: 'I have saved them' }).click()
  await tab.getByText('10 recovery codes are left.').waitFor()
  const first = (await app.secondFactors.list({ id })).items[0]?.id

  // The login has one factor as before. The code that confirmed the app does not work again.
  clock.advance(60)
  const replaced = await setUpApp(tab, clock.now, 'Replace the authenticator app', () =>
    confirm(tab, 'Code from your authenticator app', code(clock.now()))
  )
  t.notSame(replaced.codes, codes)
  // A slow list: the one that is shown first has the new factor.
  await tab.route('**/users/me/factors', async route => {
    await sleep(500)
    await route.continue()
  })
  await tab.getByRole('button', { name: 'I have saved them' }).click()
  await tab.getByText('and a code from the authenticator app').waitFor()
  const { items } = await app.secondFactors.list({ id })
  t.equal(items.length, 1)
  t.not(items[0]?.id, first)

  await tab.getByRole('button', { name: 'Remove: Authenticator app' }).click()
  await tab.getByText('It is your last second factor.').waitFor()
  await tab.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await status(tab, 'The second factor is removed. Your other logins have ended.')
  await tab.getByText('Your password alone signs you in').waitFor()
})

t.test('asks for the password before the first factor when the login is older than ten minutes', { skip }, async t => {
  const { app, tab, open, clock } = await openConsole(t, browser())
  await open('/account/security', 'bob')
  clock.advance(601)
  await setUpApp(tab, clock.now, undefined, async () => {
    await confirm(tab, 'Password', 'not the password of bob')
    await tab.getByRole('alert').filter({ hasText: 'is wrong' }).waitFor()
    await confirm(tab, 'Password', password)
  })
  const { id } = await app.userAdmin.byIdOrName('bob')
  t.match((await app.secondFactors.list({ id })).items, [{ type: 'totp' }])
})

t.test('shows the recovery codes once, to copy, print and save', { skip }, async t => {
  const permissions = ['clipboard-read', 'clipboard-write']
  const { tab, open, clock } = await openConsole(t, browser(), { context: { permissions } })
  await open('/account/security', 'bob')
  const { codes, code } = await setUpApp(tab, clock.now)

  await tab.getByRole('button', { name: 'Copy' }).click()
  await status(tab, 'Copied.')
  t.equal(await tab.evaluate('navigator.clipboard.readText()'), codes.join('\n'))

  const [download] = await Promise.all([
    tab.waitForEvent('download'),
    tab.getByRole('link', { name: 'Save as a text file' }).click()
  ])
  t.equal(download.suggestedFilename(), 'sallyport-recovery-codes.txt')
  t.match(readFileSync(await download.path(), 'utf8'), `\n\n${codes.join('\n')}\n`)

  await tab.evaluate('window.print = () => { window.isPrinted = true }')
  await tab.getByRole('button', { name: 'Print' }).click()
  t.equal(await tab.evaluate('window.isPrinted'), true)
  await tab.emulateMedia({ media: 'print', colorScheme: 'dark' })
  t.ok(await tab.getByText(String(codes[0])).isVisible())
  t.notOk(await tab.getByRole('button', { name: 'Print' }).isVisible())
  await tab.emulateMedia({ media: 'screen' })

  await tab.getByRole('button', { name: 'I have saved them' }).click()
  await tab.getByRole('heading', { name: 'My account: Security' }).waitFor()
  t.notOk(await tab.getByText(String(codes[0])).isVisible())

  await tab.getByRole('button', { name: 'Get new recovery codes' }).click()
  await tab.getByText('Your old recovery codes stop working.').waitFor()
  clock.advance(60)
  await tab.getByRole('dialog').getByRole('button', { name: 'Get new recovery codes' }).click()
  await confirm(tab, 'Code from your authenticator app', code(clock.now()))
  await tab.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  t.notSame(await tab.locator('li code').allTextContents(), codes)
})

t.test('an account that needs a second factor adds one first, signs in again, and keeps it', { skip }, async t => {
  const { tab, url, clock } = await openConsole(t, browser(), { settings: { secondFactor: 'required' } })
  await tab.goto(`${url}/console/account/security`)
  await logInOn(tab, 'bob')
  await tab.getByRole('heading', { name: 'Add a second factor' }).waitFor()
  await tab.getByText('Your account needs a second factor').waitFor()
  t.equal(await tab.getByRole('navigation').count(), 0)
  const { code } = await setUpApp(tab, clock.now)
  await tab.getByRole('button', { name: 'I have saved them' }).click()
  await status(tab, 'Sign in again, now with your second factor.')

  clock.advance(60)
  await logInOn(tab, 'bob')
  await tab.getByLabel('Code from your authenticator app').fill(code(clock.now()))
  await tab.getByRole('button', { name: 'Confirm' }).click()
  await tab.getByRole('button', { name: 'Remove: Authenticator app' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await tab.getByRole('dialog').getByRole('alert').filter({ hasText: 'Add another one' }).waitFor()
})

t.test('says when the server has no second factors', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser(), { settings: { secondFactor: 'off' } })
  await open('/account/security', 'bob')
  await tab.getByText('Second factors are off on this server (SECOND_FACTOR=off).').waitFor()
  t.equal(await tab.getByRole('button', { name: 'Set up an authenticator app' }).count(), 0)
})
