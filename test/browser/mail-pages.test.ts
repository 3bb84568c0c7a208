import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { createVerifiedUser, freshLogin, password } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { openConsole } from '../support/console.ts'
import { linkIn, startMailServer } from '../support/mail-server.ts'
import { enrol } from '../support/second-factor.ts'

const next = 'purple monkey dishwasher lamp'

/**
 * A tab, and mailed links: to verify the address of dave, to choose the password of carol and undo her changes, and the
 * invitation of erin.
 */
async function openLinks(t: Test, context: BrowserContextOptions = {}, settings: Partial<Config> = {}) {
  const mail = await startMailServer(t)
  const world = await openConsole(t, { context, settings: { smtpUrl: mail.url, ...settings } })
  const { app, url } = world
  const name = 'carol-with-a-name-as-long-as-any-name-here-can-be-0123456789'
  const carol = await createVerifiedUser(app, name, `${name}@example.com`)
  await app.passwordReset.request(`${name}@example.com`, { ip: '192.0.2.1' })
  await app.users.updateProfile(carol.id, { email: 'new@example.com' }, freshLogin)
  world.clock.advance(60)
  await enrol(world, { username: name })
  await app.users.register({ username: 'dave', password, email: 'dave@example.com' }, {})
  await app.deliverMail()
  await app.deliverMail()
  const links = mail.messages.filter(({ text }) => text?.includes('token=')).map(message => linkIn(message).link.href)
  await app.users.register({ username: 'erin', email: 'erin@example.com' }, { actor: 'cli' })
  await app.deliverMail()
  const invitation = linkIn(mail.messages.at(-1)).link.href
  const of = (path: string) => String(links.findLast(link => link.startsWith(`${url}/${path}?`)))
  return {
    ...world,
    verify: of('verify-email'),
    reset: of('reset-password'),
    invitation,
    restore: of('undo-email-change'),
    remove: of('undo-factor')
  }
}

/** The boxes of what a focus ring must not cover: the rest of its field, and of the form. */
const covered = `[...document.querySelectorAll('input:not([type=hidden]), button, a')].flatMap(control => {
  const { outlineWidth, outlineOffset } = (control.focus(), getComputedStyle(control))
  const ring = parseFloat(outlineWidth) + parseFloat(outlineOffset)
  const box = control.getBoundingClientRect()
  return [...document.querySelectorAll('h1, p, dl, label:not(.check), .check span, input:not([type=hidden]), button, a')]
    .filter(other => other !== control && !other.contains(control))
    .filter(other => {
      const { top, bottom, left, right } = other.getBoundingClientRect()
      return top < box.bottom + ring && bottom > box.top - ring && left < box.right + ring && right > box.left - ring
    })
    .map(other => ring + ' px of ' + control.outerHTML + ' over ' + other.outerHTML)
})`

const fits = 'document.documentElement.scrollWidth <= innerWidth'

/** Checks the page as it is: its language, in both themes, at 320 px, and at 400 % of 1280 px, which is the same. */
async function assertGood(t: Test, tab: Page, lang: string) {
  const title = await tab.title()
  await becomes(t, () => tab.locator('html').getAttribute('lang'), lang, title)
  await becomes(t, () => tab.locator('h1').count(), 1, title)
  for (const [width, height] of [
    [320, 256],
    [1280, 800]
  ] as const) {
    await tab.setViewportSize({ width, height })
    t.ok(await tab.evaluate(fits), `${title} at ${width} px`)
    t.strictSame(await tab.evaluate(covered), [], `${title} at ${width} px`)
  }
  // What axe-core finds does not depend on the language.
  if (lang === 'en') await assertAccessible(t, tab, title)
}

for (const lang of ['en', 'de'])
  browserTest(`Every page of a link is accessible in ${lang} (WCAG 2.2 §1.4.3, §1.4.10)`, async t => {
    const { tab, verify, reset, invitation, restore, remove } = await openLinks(t, { locale: lang })
    const press = () => tab.locator('button').click()
    for (const link of [reset, invitation]) {
      await tab.goto(link)
      await tab.locator('[name=new_password]:focus').waitFor()
      await assertGood(t, tab, lang)
      await press()
      await tab.locator('[role=alert]').waitFor()
      await tab.locator('[name=new_password]:focus').waitFor()
      await assertGood(t, tab, lang)
      await tab.locator('[name=new_password]').fill(next)
      await press()
      await tab.locator('a').waitFor()
      await assertGood(t, tab, lang)
    }
    for (const link of [verify, remove, restore]) {
      await tab.goto(link)
      await assertGood(t, tab, lang)
      await press()
      await tab.locator('a').waitFor()
      await assertGood(t, tab, lang)
    }
    await tab.goto(verify)
    await assertGood(t, tab, lang)
    await becomes(t, () => tab.locator('button').count(), 0, 'the link was used')
  })

browserTest('With forced colours, the card and the fields of a page of a link keep their edges', async t => {
  const { tab, reset } = await openLinks(t, { forcedColors: 'active' })
  await tab.goto(reset)
  for (const part of ['main', '[name=new_password]', 'button']) {
    const color = await tab.evaluate(`getComputedStyle(document.querySelector('${part}')).borderTopColor`)
    t.match(color, /^rgb/, part)
    t.not(color, 'rgba(0, 0, 0, 0)', part)
  }
})

browserTest('A page of a link leads on by keyboard, to LINK_AFTER or to the console', async t => {
  const { tab, url, reset } = await openLinks(t)
  await tab.goto(reset)
  await tab.getByLabel('New password').fill(next)
  await tab.keyboard.press('Enter')
  const link = tab.getByRole('link', { name: `Continue to ${new URL(url).host}` })
  await link.focus()
  await tab.keyboard.press('Enter')
  await tab.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()

  const other = await openLinks(t, {}, { linkAfter: 'https://app.example.com/hello', siteName: 'Example' })
  await other.tab.goto(other.verify)
  t.equal(await other.tab.title(), 'Confirm your e-mail address – Example')
  await other.tab.getByRole('button', { name: 'Confirm address' }).click()
  const onward = other.tab.getByRole('link', { name: 'Continue to app.example.com' })
  await becomes(t, () => onward.getAttribute('href'), 'https://app.example.com/hello')
})
