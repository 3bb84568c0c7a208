import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, logInOn, openConsole, status } from '../support/console.ts'
import { authenticatorApp } from '../support/second-factor.ts'

const button = (page: Pick<Page, 'getByRole'>, name: string) => page.getByRole('button', { name, exact: true })

/** Answers the dialog that asks who the person is. */
async function confirm(tab: Page, code: string) {
  await tab.getByRole('dialog').getByLabel('Code from your authenticator app').fill(code)
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
  await button(tab, label).click()
  await prove()
  await tab.getByRole('img', { name: 'QR code' }).waitFor()
  const { code } = authenticatorApp(String(await tab.locator('code').textContent()))
  await tab.getByLabel('Code that the app shows').fill(code(now()))
  await button(tab, 'Confirm the code').click()
  await tab.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  return { code, codes: await tab.locator('li code').allTextContents() }
}

browserTest('An owner adds an authenticator app, replaces and removes it', async t => {
  const { app, tab, open, clock } = await openConsole(t)
  const { id } = await app.userAdmin.byIdOrName('bob')
  await open('/account/security', 'bob')
  await tab.getByText('Your password alone signs you in').waitFor()
  await button(tab, 'Set up an authenticator app').click()
  await tab.getByLabel('Code that the app shows').fill('000000')
  await assertAccessible(t, tab, 'QR code')
  await button(tab, 'Confirm the code').click()
  await tab.getByText('is wrong').waitFor()
  await button(tab, 'Cancel').click()
  await becomes(t, () => button(tab, 'Add a passkey').count(), 0, 'the server has no passkeys')
  await becomes(t, () => tab.getByRole('complementary', { name: 'Suggestion' }).count(), 0, 'and suggests none')

  const { codes, code } = await setUpApp(tab, clock.now)
  t.equal(codes.length, 10)
  await status(tab, 'The authenticator app is added. Your other logins have ended.')
  await button(tab, 'I have saved them').click()
  await tab.getByText('10 recovery codes are left.').waitFor()
  const first = (await app.secondFactors.list({ id })).items[0]?.id

  // The login has one factor as before. The code that confirmed the app does not work again.
  clock.advance(60)
  const replaced = await setUpApp(tab, clock.now, 'Replace the authenticator app', () =>
    confirm(tab, code(clock.now()))
  )
  t.notSame(replaced.codes, codes)
  // A slow list: the one that is shown first has the new factor.
  await tab.route('**/users/me/factors', async route => {
    await sleep(500)
    await route.continue()
  })
  await button(tab, 'I have saved them').click()
  await tab.getByText('and a code from the authenticator app').waitFor()
  const { items } = await app.secondFactors.list({ id })
  t.equal(items.length, 1)
  t.not(items[0]?.id, first)

  await button(tab, 'Remove: Authenticator app').click()
  await tab.getByText('It is your last second factor.').waitFor()
  await tab.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await status(tab, 'The second factor is removed. Your other logins have ended.')
  await tab.getByText('Your password alone signs you in').waitFor()
})

browserTest('Recovery codes are shown once, to copy, print and save, and replaced by new ones', async t => {
  const permissions = ['clipboard-read', 'clipboard-write']
  const { tab, open, clock } = await openConsole(t, { context: { permissions } })
  await open('/account/security', 'bob')
  const { codes, code } = await setUpApp(tab, clock.now)
  await assertAccessible(t, tab, 'recovery codes')

  await button(tab, 'Copy').click()
  await status(tab, 'Copied.')
  await becomes(t, () => tab.evaluate('navigator.clipboard.readText()'), codes.join('\n'))

  const [download] = await Promise.all([
    tab.waitForEvent('download'),
    tab.getByRole('link', { name: 'Save as a text file' }).click()
  ])
  t.equal(download.suggestedFilename(), 'sallyport-recovery-codes.txt')
  t.match(readFileSync(await download.path(), 'utf8'), `\n\n${codes.join('\n')}\n`)

  await tab.evaluate('window.print = () => { window.isPrinted = true }')
  await button(tab, 'Print').click()
  t.equal(await tab.evaluate('window.isPrinted'), true)
  await tab.emulateMedia({ media: 'print', colorScheme: 'dark' })
  t.ok(await tab.getByText(String(codes[0])).isVisible())
  t.notOk(await button(tab, 'Print').isVisible())
  await tab.emulateMedia({ media: 'screen' })

  await button(tab, 'I have saved them').click()
  await tab.getByRole('heading', { name: 'My account: Security' }).waitFor()
  t.notOk(await tab.getByText(String(codes[0])).isVisible())
  await assertAccessible(t, tab, 'second factors')

  await button(tab, 'Get new recovery codes').click()
  await tab.getByText('Your old recovery codes stop working.').waitFor()
  clock.advance(60)
  await tab.getByRole('dialog').getByRole('button', { name: 'Get new recovery codes' }).click()
  await confirm(tab, code(clock.now()))
  await tab.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  t.notSame(await tab.locator('li code').allTextContents(), codes)
})

browserTest('An account that needs a second factor adds one first, signs in again, and keeps it', async t => {
  const { tab, url, clock } = await openConsole(t, { settings: { secondFactor: 'required' } })
  await tab.goto(`${url}/console/account/security`)
  await logInOn(tab, 'bob')
  await tab.getByRole('heading', { name: 'Add a second factor' }).waitFor()
  await tab.getByText('Your account needs a second factor').waitFor()
  await becomes(t, () => tab.getByRole('navigation').count(), 0)
  const { code } = await setUpApp(tab, clock.now)
  await button(tab, 'I have saved them').click()
  await status(tab, 'Sign in again, now with your second factor.')

  clock.advance(60)
  await logInOn(tab, 'bob')
  await confirm(tab, code(clock.now()))
  await button(tab, 'Remove: Authenticator app').click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await tab.getByRole('dialog').getByRole('alert').filter({ hasText: 'Add another one' }).waitFor()
})

browserTest('A server without second factors and passkeys offers none', async t => {
  const { tab, url, open, isSettled } = await openConsole(t, { settings: { secondFactor: 'off' } })
  await tab.goto(`${url}/console/`)
  await isSettled()
  await becomes(t, () => button(tab, 'Sign in with a passkey').count(), 0)
  await open('/account/security', 'bob')
  await tab.getByText('Second factors are off on this server (SECOND_FACTOR=off).').waitFor()
  await becomes(t, () => button(tab, 'Set up an authenticator app').count(), 0)
})

browserTest('An owner adds a passkey, signs in with it, renames and removes it', async t => {
  const { app, tab, url, open } = await openConsole(t, { hasPasskeys: true })
  const { id } = await app.userAdmin.byIdOrName('bob')
  const dialog = tab.getByRole('dialog')
  const name = '<script>alert(1)</script>'
  await open('/account/security', 'bob')
  await button(tab, 'Add a passkey').click()
  await dialog.getByLabel('Name').fill(name)
  await assertAccessible(t, tab, 'dialog')
  await button(dialog, 'Add a passkey').click()
  await tab.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  await status(tab, 'The passkey is added. Your other logins have ended.')
  await button(tab, 'I have saved them').click()
  await tab.getByRole('cell', { name, exact: true }).waitFor()
  await tab.getByRole('cell', { name: 'Never' }).waitFor()

  await button(tab, 'Sign out').click()
  await button(tab, 'Sign in with a passkey').waitFor()
  await assertAccessible(t, tab, 'form to sign in')
  await becomes(t, () => button(tab, 'Send me a code').count(), 0, 'the server mails no codes')
  await logInOn(tab, 'bob')
  await button(tab, 'Use a passkey').click()
  await tab.getByText('Signed in as bob').waitFor()
  await button(tab, 'Sign out').click()
  await button(tab, 'Sign in with a passkey').click()
  await tab.getByText('Signed in as bob').waitFor()
  await becomes(t, () => tab.getByRole('cell', { name: 'Never' }).count(), 0)

  await button(tab, 'Add a passkey').click()
  await button(dialog, 'Add a passkey').click()
  await dialog.getByRole('alert').filter({ hasText: 'This device already has a passkey for your account.' }).waitFor()
  await tab.keyboard.press('Escape')

  await tab.getByRole('button', { name: 'Rename' }).click()
  await dialog.getByLabel('Name').fill('Laptop')
  await dialog.getByRole('button', { name: 'Rename' }).click()
  await status(tab, 'The passkey is renamed.')
  await tab.getByRole('cell', { name: 'Laptop', exact: true }).waitFor()
  await button(tab, 'Undo').click()
  await tab.getByRole('cell', { name, exact: true }).waitFor()

  await tab.getByRole('button', { name: 'Remove: ' }).click()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await status(tab, 'The second factor is removed.')
  t.strictSame((await app.secondFactors.list({ id })).items, [])

  await tab.addInitScript('navigator.credentials.get = async () => { throw new DOMException("", "NotAllowedError") }')
  await button(tab, 'Sign out').click()
  await tab.goto(`${url}/console/`)
  await button(tab, 'Sign in with a passkey').click()
  await alert(tab, 'No passkey was used.')
})

browserTest('The console names the addresses where passkeys work, and offers none elsewhere', async t => {
  const settings = { rpOrigins: ['https://localhost', 'http://localhost:1'] }
  const { tab, url, open, isSettled } = await openConsole(t, { hasPasskeys: true, settings })
  await tab.goto(`${url}/console/`)
  await isSettled()
  await becomes(t, () => button(tab, 'Sign in with a passkey').count(), 0)
  await open('/account/security', 'bob')
  await tab.getByText('sign in at one of these: https://localhost, http://localhost:1').waitFor()
  await becomes(t, () => button(tab, 'Add a passkey').count(), 0)
})
