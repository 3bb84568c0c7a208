import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { createVerifiedUser } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, openConsole } from '../support/console.ts'
import { codeIn, wrong } from '../support/email-codes.ts'
import { startMailServer } from '../support/mail-server.ts'
import { enrol } from '../support/second-factor.ts'

const dialog = (tab: Page) => tab.getByRole('dialog', { name: 'Sign in with a code' })
const sendCode = (tab: Page) => tab.getByRole('button', { name: 'Send me a code' })

/** A console with `EMAIL_CODES=on` at its form to sign in, and carol, whose address is verified. */
async function openForm(t: Test) {
  const mail = await startMailServer(t)
  const world = await openConsole(t, { settings: { emailCodes: 'on', smtpUrl: mail.url } })
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

browserTest('A person signs in with a code from the mail, after a wrong one and one that was replaced', async t => {
  const { tab, mailed, ask, type } = await openForm(t)
  const isWrong = () => dialog(tab).getByRole('alert').filter({ hasText: 'The code is wrong' }).waitFor()
  await sendCode(tab).click()
  await tab.locator('input[name=username]:focus:invalid').waitFor()
  await becomes(t, () => dialog(tab).count(), 0, 'a name is needed')
  await ask('Carol@example.com')
  const field = dialog(tab).getByLabel('Code from the message')
  await becomes(t, () => field.getAttribute('inputmode'), 'numeric')
  await becomes(t, () => field.getAttribute('autocomplete'), 'one-time-code')
  await type('12345')
  await dialog(tab).locator('input:invalid').waitFor()
  const first = await mailed()
  await type(wrong(first))
  await isWrong()
  await assertAccessible(t, tab, 'dialog')
  const sent = tab.waitForResponse('**/authorize-challenge')
  await dialog(tab).getByRole('button', { name: 'Send another code' }).click()
  await sent
  const second = await mailed()
  t.not(second, first)
  await type(first)
  await isWrong()
  await type(`${second.slice(0, 3)} ${second.slice(3)}`)
  await tab.getByRole('heading', { name: 'My account: Profile' }).waitFor()
  await tab.getByText('Signed in as carol').waitFor()
})

browserTest('The answers to a request for a code are the same for every name, with an account or without', async t => {
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
    await becomes(t, () => tab.getByLabel('Username or e-mail address').inputValue(), name, 'nothing typed is lost')
  }
  t.equal(new Set(answers).size, 2)
  await tab.route('**/authorize-challenge', route =>
    route.fulfill({ status: 429, headers: { 'retry-after': '30' }, json: { error: 'temporarily_unavailable' } })
  )
  await sendCode(tab).click()
  await alert(tab, 'Too many attempts. Try again in 30 seconds.')
  t.match(answers[0], 'If this account exists and has a verified e-mail address, a code is on its way.')
})

browserTest('A code from the mail is followed by the second factor', async t => {
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
