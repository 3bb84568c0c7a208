import type { Page } from 'playwright-core'
import t from 'tap'
import { password } from '../support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { type ConsoleWorld, logInOn, openConsole, status } from '../support/console.ts'
import { engines } from '../support/engines.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

const isSignedIn = (page: Page, username = 'bob') => page.getByText(`Signed in as ${username}`).waitFor()
const isSignedOut = (page: Page) => page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
const signOut = (page: Page) => page.getByRole('button', { name: 'Sign out' }).click()

/** A request of the page, for which the console replaces an access token that has expired. */
async function request(page: Page) {
  await page.getByRole('link', { name: 'Profile' }).click()
  await page.getByRole('link', { name: 'Logins' }).click()
  await page.getByText('This login').waitFor()
}

/** A duplicate of the tab, which has a copy of its sessionStorage. */
async function duplicate({ context, tab }: ConsoleWorld) {
  const [copy] = await Promise.all([context.waitForEvent('page'), tab.evaluate('void window.open(location.href)')])
  await isSignedIn(copy)
  return copy
}

/** Longer than an access token is valid, and than a used refresh token is accepted (REFRESH_GRACE). */
const expire = ({ clock, config }: ConsoleWorld) =>
  clock.advance(Math.max(config.accessTokenTtl, config.refreshGrace) + 1)

async function reuses({ app }: ConsoleWorld) {
  const { items } = await app.audit.page({ action: 'token.reuse_detected', limit: 10 })
  return items.length
}

for (const engine of engines) {
  t.test(`a reload keeps the login of the tab, which no other tab has: ${engine}`, { skip }, async t => {
    const { tab, url, context, open } = await openConsole(t, browser(), { engine })
    await open('/account', 'bob')
    await tab.reload()
    await isSignedIn(tab)
    const other = await context.newPage()
    await other.goto(`${url}/console/account`)
    await isSignedOut(other)
    await logInOn(other, 'alice')
    await isSignedIn(other, 'alice')
    await tab.reload()
    await isSignedIn(tab)
    await signOut(tab)
    await status(tab, 'You have signed out.')
    await tab.reload()
    await isSignedOut(tab)
    await other.reload()
    await isSignedIn(other, 'alice')
  })

  t.test(`a tab and its duplicate share a login, however often each refreshes it: ${engine}`, { skip }, async t => {
    const world = await openConsole(t, browser(), { engine })
    const { tab, open } = world
    await open('/account/logins', 'bob')
    const copy = await duplicate(world)
    for (const page of [tab, copy, copy, tab, copy]) {
      expire(world)
      await request(page)
    }
    expire(world)
    await Promise.all([request(tab), request(copy)])
    for (const page of [tab, copy]) {
      expire(world)
      await page.reload()
      await isSignedIn(page)
    }
    t.equal(await reuses(world), 0)

    await signOut(tab)
    await copy.getByRole('dialog', { name: 'Sign in again' }).waitFor()
    await tab.reload()
    await isSignedOut(tab)
  })
}

t.test('a tab that was discarded asks its duplicate for the login before it refreshes it', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, url, open } = world
  await open('/account/logins', 'bob')
  const copy = await duplicate(world)
  // Another page of the origin, so that nothing of the console runs, while the storage of the tab can be written.
  await copy.goto(`${url}/health`)
  for (let n = 0; n < 2; n++) {
    expire(world)
    await request(tab)
  }
  await copy.evaluate(`for (const [key, value] of Object.entries(sessionStorage)) {
    const { login, ...more } = JSON.parse(value)
    sessionStorage.setItem(key, JSON.stringify({ ...more, login: JSON.stringify({ ...JSON.parse(login), refreshAt: 0, expiresAt: 0 }) }))
  }`)
  await copy.goto(`${url}/console/account/logins`)
  await isSignedIn(copy)
  await request(copy)
  await request(tab)
  t.equal(await reuses(world), 0)

  // Alone, it has no one to ask.
  await tab.close()
  expire(world)
  await request(copy)
})

t.test('"Keep me signed in" keeps the login when the browser is closed, for all its tabs', { skip }, async t => {
  const { tab, url, context } = await openConsole(t, browser())
  await tab.goto(`${url}/console/account`)
  await tab.getByLabel('Keep me signed in').check()
  const other = await context.newPage()
  await other.goto(`${url}/console/account/logins`)
  await isSignedOut(other)
  await logInOn(tab, 'bob')
  await isSignedIn(tab)
  await isSignedIn(other)
  await tab.reload()
  await isSignedIn(tab)

  const storageState = await context.storageState({ indexedDB: true })
  t.strictSame(await tab.evaluate('sessionStorage.length'), 0)
  await tab.close()
  await other.close()
  const later = await browser().newContext({ storageState, locale: 'en-GB' })
  t.teardown(() => later.close())
  const [first, second] = [await later.newPage(), await later.newPage()]
  await first.goto(`${url}/console/account/logins`)
  await isSignedIn(first)
  await second.goto(`${url}/console/account/logins`)
  await isSignedIn(second)

  await signOut(first)
  await second.getByRole('dialog', { name: 'Sign in again' }).waitFor()
  await second.keyboard.press('Escape')
  await isSignedOut(second)
})

t.test('tabs that share a kept login refresh it one after the other', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, url, context } = world
  await tab.goto(`${url}/console/account/logins`)
  await tab.getByLabel('Keep me signed in').check()
  await logInOn(tab, 'bob')
  const other = await context.newPage()
  await other.goto(`${url}/console/account/logins`)
  await isSignedIn(other)
  for (const pages of [[tab], [other], [tab, other], [tab]]) {
    expire(world)
    await Promise.all(pages.map(request))
  }
  t.equal(await reuses(world), 0)
})

t.test('without the box, nothing is left when the tab is closed', { skip }, async t => {
  const { tab, url, context, open } = await openConsole(t, browser())
  await open('/account', 'bob')
  t.notOk(await tab.evaluate('Object.keys(localStorage).some(key => key.includes("console"))'))
  await tab.close()
  const later = await context.newPage()
  await later.goto(`${url}/console/account`)
  await isSignedOut(later)
})

t.test('a tab with a login of its own neither gets nor replaces the one that the browser keeps', { skip }, async t => {
  const { app, tab, url, context } = await openConsole(t, browser())
  const other = await context.newPage()
  for (const page of [tab, other]) await page.goto(`${url}/console/account/logins`)
  await logInOn(tab, 'alice')
  await isSignedIn(tab, 'alice')
  await other.getByLabel('Keep me signed in').check()
  await logInOn(other, 'bob')
  await isSignedIn(other)
  await tab.reload()
  await isSignedIn(tab, 'alice')

  await signOut(tab)
  await status(tab, 'You have signed out.')
  await isSignedOut(tab)
  await tab.reload()
  await isSignedOut(tab)
  await tab.getByLabel('Keep me signed in').check()
  await logInOn(tab, 'alice')
  await isSignedIn(tab, 'alice')
  await request(other)
  await other.reload()
  await isSignedIn(other)
  const bob = await app.userAdmin.byIdOrName('bob')
  t.equal((await app.sessions.ofUser(bob.id)).length, 1)
})

t.test('a new password replaces the login in a duplicate too', { skip }, async t => {
  const world = await openConsole(t, browser())
  const { tab, open } = world
  await open('/account/password', 'bob')
  const copy = await duplicate(world)
  await tab.getByLabel('Current password').fill(password)
  await tab.getByLabel('New password', { exact: true }).fill('another battery for the horse')
  await tab.getByRole('button', { name: 'Change the password' }).click()
  await status(tab, 'The password is changed.')
  await request(copy)
  await isSignedIn(copy)
})
