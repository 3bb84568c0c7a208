import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { freshLogin, password } from '../../test/support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../../test/support/browser.ts'
import { linkIn, startMailServer } from '../../test/support/mail-server.ts'
import { startServer } from '../../test/support/server.ts'

const next = 'purple monkey dishwasher lamp'
const email = 'alice@example.com'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** A server that sends mail, with the account alice; `open` follows the link of the newest message in a browser. */
async function createServer(t: Test, { script = false }: { script?: boolean } = {}) {
  const mail = await startMailServer(t)
  const server = await startServer(t, { smtpUrl: mail.url })
  const user = await server.app.users.register({ username: 'alice', password, email }, {})
  await server.app.deliverMail()
  const complaints: string[] = []
  async function open() {
    const context = await browser().newContext({ javaScriptEnabled: script, viewport: { width: 1000, height: 700 } })
    t.teardown(() => context.close())
    const page = await context.newPage()
    page.on('console', message => {
      // This is a refusal, which the page shows.
      if (!message.text().includes('the server responded with a status of 400')) complaints.push(message.text())
    })
    page.on('request', request => {
      if (new URL(request.url()).origin !== server.url) complaints.push(request.url())
    })
    await page.goto(linkIn(mail.messages.at(-1)).link.href)
    return page
  }
  const logIn = async (username: string, given: string) => {
    const body = new URLSearchParams({ grant_type: 'password', username, password: given })
    return (await fetch(`${server.url}/token`, { method: 'POST', body })).status
  }
  /** Verifies the address of alice without her link. */
  async function verify() {
    const { db, auditEvents, clock } = server.app
    const event = auditEvents.event('user.email_verified')
    await db.users.update(user.id, { emailVerified: true, updatedAt: clock.now() }, event)
  }
  return { ...server, mail, user, verify, open, logIn, complaints }
}

const heading = (page: Page) => page.locator('h1').textContent()

t.test(
  'the link of a new account opens a page whose button verifies the address, without a script',
  {
    skip
  },
  async t => {
    const { url, open, logIn, complaints } = await createServer(t)
    const page = await open()
    t.equal(await page.title(), `Confirm your e-mail address – ${new URL(url).host}`)
    t.match(await page.locator('main').textContent(), /alice[^@]*alice@example\.com/)
    await page.reload()
    t.equal(await logIn(email, password), 400, 'opening the page twice verifies nothing')

    await page.getByRole('button', { name: 'Confirm address' }).click()
    t.equal(await heading(page), 'Your e-mail address is confirmed')
    t.notMatch(page.url(), 'token', 'the token is no longer in the URL')
    t.equal(await logIn(email, password), 200)

    await page.goBack()
    await page.reload()
    t.equal(await heading(page), 'Something went wrong')
    t.match(await page.locator('main').textContent(), /This link is invalid, .*Request a new one\./)
    t.same(complaints, [])
  }
)

t.test('the link for a forgotten password opens a page that sets a new one, also by keyboard', { skip }, async t => {
  const { app, url, mail, verify, open, logIn, complaints } = await createServer(t)
  await verify()
  await fetch(`${url}/password/forgot`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email })
  })
  await app.deliverMail()
  const page = await open()
  t.equal(await page.getByLabel('Account').inputValue(), 'alice')
  const field = page.getByLabel('New password')
  t.equal(await field.getAttribute('autocomplete'), 'new-password', 'a password manager can generate and store it')

  await field.fill('short')
  await field.press('Enter')
  t.equal(await page.getByRole('alert').textContent(), 'This password has fewer than 15 characters.')
  t.equal(await page.title(), `Error: Choose a new password – ${new URL(url).host}`)
  t.equal(await field.getAttribute('aria-invalid'), 'true')
  t.equal(await logIn('alice', password), 200, 'the old password still works')

  t.equal(await page.evaluate('document.activeElement.id'), 'password', 'the password field has the focus')
  await field.fill(next)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Your new password is set' }).waitFor()
  t.strictSame([await logIn('alice', next), await logIn(email, next), await logIn('alice', password)], [200, 200, 400])
  await app.deliverMail()
  t.equal(mail.messages.at(-1)?.subject, `Your password for ${new URL(url).host} was changed`)
  t.same(complaints, [])
})

t.test(
  'the link in the notice of a change of address opens a page whose button undoes the change',
  { skip },
  async t => {
    const { app, url, user, mail, open, verify, logIn, complaints } = await createServer(t)
    await verify()
    await app.users.updateProfile(user.id, { email: null }, freshLogin)
    await app.deliverMail()
    const page = await open()
    t.equal(await page.title(), `Restore your e-mail address – ${new URL(url).host}`)
    await page.reload()
    t.equal(await logIn(email, password), 400, 'opening the page twice restores nothing')

    await page.getByRole('button', { name: 'Restore address' }).click()
    t.equal(await heading(page), 'Your e-mail address is restored')
    t.notMatch(page.url(), 'token', 'the token is no longer in the URL')
    t.equal(await logIn(email, password), 200)
    await app.deliverMail()
    t.match(mail.messages.at(-1)?.subject, /^Reset your password/)
    t.same(complaints, [])
  }
)
