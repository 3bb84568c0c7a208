import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createVerifiedUser } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, openConsole, themes } from '../support/console.ts'
import { codeIn, wrong } from '../support/email-codes.ts'
import { startMailServer } from '../support/mail-server.ts'
import { enrol } from '../support/second-factor.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const dialog = (tab: Page) => tab.getByRole('dialog', { name: 'Sign in with a code' })
const sendCode = (tab: Page) => tab.getByRole('button', { name: 'Send me a code' })

/** A console with `EMAIL_CODES=on` at its form to sign in, and carol, whose address is verified. */
async function openForm(t: Test, options: Parameters<typeof openConsole>[2] = {}) {
  const mail = await startMailServer(t)
  const world = await openConsole(t, browser(), { ...options, settings: { emailCodes: 'on', smtpUrl: mail.url } })
  const { app, tab, url } = world
  await createVerifiedUser(app, 'carol')
  await app.deliverMail()
  await tab.goto(`${url}/console/account`)

  /** The code of the newest message. */
  async function mailed() {
    await app.deliverMail()
    return codeIn(mail.messages.at(-1))
  }
  async function ask(name = 'carol') {
    await tab.getByLabel('Username or e-mail address').fill(name)
    await sendCode(tab).click()
    await dialog(tab).waitFor()
  }
  async function type(code: string) {
    await dialog(tab).getByLabel('Code from the message').fill(code)
    await tab.keyboard.press('Enter')
  }
  return { ...world, mailed, ask, type }
}

t.test('signs in with a code from the mail, after a wrong one', { skip }, async t => {
  const { tab, mailed, ask, type } = await openForm(t)
  await ask('Carol@example.com')
  const field = dialog(tab).getByLabel('Code from the message')
  await becomes(t, () => field.getAttribute('inputmode'), 'numeric')
  await becomes(t, () => field.getAttribute('autocomplete'), 'one-time-code')
  const code = await mailed()
  await type(wrong(code))
  await dialog(tab).getByRole('alert').filter({ hasText: 'The code is wrong' }).waitFor()
  await type(`${code.slice(0, 3)} ${code.slice(3)}`)
  await tab.getByRole('heading', { name: 'My account: Profile' }).waitFor()
  await tab.getByText('carol', { exact: true }).waitFor()
})

t.test('the answers are the same for every name, with an account or without', { skip }, async t => {
  const { tab, ask, type } = await openForm(t)
  const answers: string[] = []
  for (const name of ['carol', 'bob', 'nobody', 'nobody@example.com']) {
    await ask(name)
    answers.push(String(await dialog(tab).textContent()))
    await type('000000')
    const refused = dialog(tab).getByRole('alert').filter({ hasText: 'The code is wrong' })
    await refused.waitFor()
    answers.push(String(await refused.textContent()))
    await dialog(tab).getByRole('button', { name: 'Cancel' }).click()
    await alert(tab, 'Cancelled. Nothing was changed.')
    t.equal(await tab.getByLabel('Username or e-mail address').inputValue(), name, 'nothing typed is lost')
  }
  t.equal(new Set(answers).size, 2)
  t.match(answers[0], 'If this account exists and has a verified e-mail address, a code is on its way.')
})

t.test('sends another code, which replaces the first', { skip }, async t => {
  const { tab, mailed, ask, type } = await openForm(t)
  await ask()
  const first = await mailed()
  await dialog(tab).getByLabel('Code from the message').fill(first)
  const sent = tab.waitForResponse('**/authorize-challenge')
  await dialog(tab).getByRole('button', { name: 'Send another code' }).click()
  await sent
  const second = await mailed()
  t.not(second, first)
  await type(first)
  await dialog(tab).getByRole('alert').filter({ hasText: 'The code is wrong' }).waitFor()
  await type(second)
  await tab.getByText('Signed in as carol').waitFor()
})

t.test('asks for the second factor after the code', { skip }, async t => {
  const world = await openForm(t)
  const { tab, mailed, ask, type } = world
  const { code } = await enrol(world, { username: 'carol' })
  await ask()
  await type(await mailed())
  const second = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  await second.getByLabel('Code from your authenticator app').fill(code())
  await second.getByRole('button', { name: 'Confirm' }).click()
  await tab.getByText('Signed in as carol').waitFor()
})

t.test('a name is needed, the code has six digits, and too many requests are refused', { skip }, async t => {
  const { tab, ask } = await openForm(t)
  await sendCode(tab).click()
  await tab.locator('input[name=username]:focus:invalid').waitFor()
  t.equal(await dialog(tab).count(), 0)
  await ask()
  await dialog(tab).getByLabel('Code from the message').fill('12345')
  await tab.keyboard.press('Enter')
  await dialog(tab).locator('input:invalid').waitFor()
  await tab.keyboard.press('Escape')
  await alert(tab, 'Cancelled.')
  await tab.route('**/authorize-challenge', route =>
    route.fulfill({ status: 429, headers: { 'retry-after': '30' }, json: { error: 'temporarily_unavailable' } })
  )
  await sendCode(tab).click()
  await alert(tab, 'Too many attempts. Try again in 30 seconds.')
})

t.test('no code is offered where the server has none', { skip }, async t => {
  const { tab, url } = await openConsole(t, browser(), { hasPasskeys: true })
  await tab.goto(`${url}/console/`)
  await tab.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
  t.equal(await sendCode(tab).count(), 0)
})

for (const colorScheme of themes)
  t.test(`the form and the dialog break no rule of accessibility: ${colorScheme}`, { skip }, async t => {
    const viewport = { width: 390, height: 844 }
    const { tab, ask, type } = await openForm(t, { context: { colorScheme, viewport } })
    await sendCode(tab).waitFor()
    t.strictSame(await violations(tab), [])
    await ask()
    await type('000000')
    await dialog(tab).getByRole('alert').filter({ hasText: 'The code is wrong' }).waitFor()
    t.strictSame(await violations(tab), [])
  })
