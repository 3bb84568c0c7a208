import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { password } from '../support/app.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { type ConsoleWorld, logInOn, openConsole, status } from '../support/console.ts'

const isSignedIn = (page: Page, username = 'bob') => page.getByText(`Signed in as ${username}`).waitFor()
const isSignedOut = (page: Page) => page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
const signOut = (page: Page) => page.getByRole('button', { name: 'Sign out' }).click()

/** A request of the page, for which the console replaces an access token that has expired. */
async function request(page: Page) {
  await page.getByRole('link', { name: 'Profile' }).click()
  await page.getByRole('link', { name: 'Logins' }).click()
  await showsLogins(page)
}

/** Until then, requests of the page are under way, and may use a refresh token that `expire` makes too old. */
const showsLogins = (page: Page) => page.getByText('This login').waitFor()

/** A duplicate of the tab, which has a copy of its sessionStorage. */
async function duplicate({ context, tab }: ConsoleWorld, username = 'bob') {
  const [copy] = await Promise.all([context.waitForEvent('page'), tab.evaluate('void window.open(location.href)')])
  await isSignedIn(copy, username)
  return copy
}

/** Longer than an access token is valid, and than a used refresh token is accepted (REFRESH_GRACE). */
const expire = ({ clock, config }: ConsoleWorld) =>
  clock.advance(Math.max(config.accessTokenTtl, config.refreshGrace) + 1)

async function reuses({ app }: ConsoleWorld) {
  const { items } = await app.audit.page({ action: 'token.reuse_detected', limit: 10 })
  return items.length
}

/** Makes the storage of the tab full, as long as it is open. */
const fill = (page: Page, area: 'localStorage' | 'sessionStorage') =>
  page.evaluate(`{
    const { setItem } = Storage.prototype
    Storage.prototype.setItem = function (...given) {
      if (this === ${area}) throw new DOMException('full', 'QuotaExceededError')
      setItem.apply(this, given)
    }
  }`)

browserTest('A reload keeps the login of the tab, which no other tab has', async t => {
  const { tab, url, context, open } = await openConsole(t)
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

browserTest('A tab and its duplicate share a login that each refreshes often, with a full storage too', async t => {
  const world = await openConsole(t)
  const { tab, open } = world
  await open('/account/logins', 'bob')
  const copy = await duplicate(world)
  await showsLogins(copy)
  for (const page of [tab, copy, copy, tab, copy]) {
    expire(world)
    await request(page)
  }
  expire(world)
  await Promise.all([request(tab), request(copy)])
  for (const page of [tab, copy]) {
    expire(world)
    await page.reload()
    await showsLogins(page)
  }
  await fill(tab, 'sessionStorage')
  for (const page of [tab, copy, tab, copy, copy, tab]) {
    expire(world)
    await request(page)
  }
  t.equal(await reuses(world), 0)

  await signOut(tab)
  await isSignedOut(copy)
  await tab.reload()
  await isSignedOut(tab)
})

browserTest('A tab with a full storage never sends an old login as a newer one', async t => {
  const world = await openConsole(t)
  const { tab, open } = world
  await open('/account/logins', 'bob')
  const copy = await duplicate(world)
  await showsLogins(copy)
  await fill(tab, 'sessionStorage')
  await copy.evaluate(`{
    const [key, value] = Object.entries(sessionStorage).find(([key]) => key.endsWith(' console'))
    window.heard = []
    window.spy = new BroadcastChannel(key + ' ' + JSON.parse(value).id)
    spy.onmessage = ({ data }) => heard.push(data)
  }`)
  expire(world)
  for (let n = 0; n < 2; n++) await request(tab)
  const heard = await copy.evaluate<{ at: number; login: string }[]>('heard')
  t.ok(heard.length > 1)
  t.equal(new Set(heard.map(({ at }) => at)).size, new Set(heard.map(({ login }) => login)).size)
})

browserTest('A tab that was discarded asks its duplicate for the login before it refreshes it', async t => {
  const world = await openConsole(t)
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

browserTest('"Keep me signed in" keeps the login when the browser is closed, for all its tabs', async t => {
  const world = await openConsole(t)
  const { tab, url, context, browser } = world
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
  for (const pages of [[tab], [other], [tab, other], [tab]]) {
    expire(world)
    await Promise.all(pages.map(request))
  }
  t.equal(await reuses(world), 0, 'the tabs refresh it one after the other')

  const storageState = await context.storageState({ indexedDB: true })
  t.strictSame(await tab.evaluate('sessionStorage.length'), 0)
  await tab.close()
  await other.close()
  const later = await browser.newContext({ storageState, locale: 'en-GB' })
  t.teardown(() => later.close())
  const [first, second] = [await later.newPage(), await later.newPage()]
  await first.goto(`${url}/console/account/logins`)
  await isSignedIn(first)
  await second.goto(`${url}/console/account/logins`)
  await isSignedIn(second)

  await signOut(first)
  await isSignedOut(second)
})

browserTest('Without the box, nothing is left when the tab is closed', async t => {
  const { tab, url, context, open } = await openConsole(t)
  await open('/account', 'bob')
  t.notOk(await tab.evaluate('Object.keys(localStorage).some(key => key.includes("console"))'))
  await tab.close()
  const later = await context.newPage()
  await later.goto(`${url}/console/account`)
  await isSignedOut(later)
})

browserTest('A tab with its own login does not get the one that the browser keeps, and can replace it', async t => {
  const { app, tab, url, context } = await openConsole(t)
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
  await request(other)
  await isSignedIn(other)
  const bob = await app.userAdmin.byIdOrName('bob')
  t.equal((await app.sessions.ofUser(bob.id)).length, 1)

  await fill(tab, 'localStorage')
  await tab.getByLabel('Keep me signed in').check()
  await logInOn(tab, 'alice')
  await tab.getByRole('alert').filter({ hasText: /./ }).waitFor()
  await tab.reload()
  await isSignedOut(tab)

  await tab.getByLabel('Keep me signed in').check()
  await logInOn(tab, 'alice')
  await isSignedIn(tab, 'alice')
  await isSignedIn(other, 'alice')
  t.equal(await tab.evaluate('sessionStorage.length'), 0)
  while ((await app.sessions.ofUser(bob.id)).length > 0) await tab.waitForTimeout(20)
})

browserTest('A new password replaces the login in a duplicate too', async t => {
  const world = await openConsole(t)
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

browserTest('A sign-out counts against a later copy of the login in a duplicate', async t => {
  const world = await openConsole(t)
  const { tab, open } = world
  await open('/account', 'bob')
  const copy = await duplicate(world)
  // As if the tab had slept while the duplicate stored its copy.
  await tab.evaluate(`for (const [key, value] of Object.entries(sessionStorage))
    sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(value), at: 1 }))`)
  await signOut(tab)
  await isSignedOut(tab)
  await isSignedOut(copy)
})

/** The page of a client, with its new secret, and a duplicate of the tab. */
async function openSecret(t: Test) {
  const world = await openConsole(t)
  const { app, tab, open } = world
  const job = { name: 'job', confidential: true, grants: ['client_credentials' as const], scopes: ['users:read'] }
  const { client } = await app.clientAdmin.create(job)
  await open(`/clients/${client.id}`)
  const copy = await duplicate(world, 'alice')
  const rotate = { name: 'Rotate the secret', exact: true }
  await tab.getByRole('button', rotate).click()
  await tab.getByRole('dialog').getByRole('button', rotate).click()
  const secret = String(await tab.getByRole('dialog', { name: 'Secret of job' }).getByRole('code').textContent())
  return { ...world, copy, secret }
}

browserTest('While a login that ended is begun again, nothing of the page can be read', async t => {
  const { app, tab, copy, secret } = await openSecret(t)
  await app.sessions.endAll((await app.userAdmin.byIdOrName('alice')).id)
  await copy.getByRole('link', { name: 'Accounts' }).click()
  for (const page of [copy, tab]) {
    await page.getByRole('dialog', { name: 'Sign in again' }).waitFor()
    t.match(await page.evaluate('document.body.innerText'), /^Sign in again\s+Your login has ended/)
    t.strictSame(await page.getByRole('heading').allTextContents(), ['Sign in again'])
    await becomes(t, () => page.locator('main').isVisible(), false)
    await becomes(t, async () => /^Sign in again · /.test(await page.title()), true)
  }
  t.equal(await tab.getByRole('code').count(), 0)
  await logInOn(tab, 'alice')
  await becomes(t, () => tab.getByRole('dialog', { name: 'Secret of job' }).getByRole('code').textContent(), secret)
  await becomes(t, async () => /^job · /.test(await tab.title()), true)
})

browserTest('A sign-out in another tab leaves nothing of the page', async t => {
  const { tab, copy, secret } = await openSecret(t)
  await signOut(copy)
  await isSignedOut(tab)
  t.equal(await tab.getByRole('dialog').count(), 0)
  t.notMatch(await tab.content(), secret)
})

browserTest('A login that is damaged in the storage is removed, and the person signs in', async t => {
  const { tab, url, open } = await openConsole(t)
  await open('/account', 'bob')
  const [key, value] = (await tab.evaluate('Object.entries(sessionStorage)[0]')) as [string, string]
  const own = JSON.parse(value)
  const login = JSON.parse(own.login)
  const damaged = ['x', '{}', JSON.stringify({ ...login, refreshToken: undefined })]
  for (const [area, text] of [
    ...damaged.slice(2).map(text => ['localStorage', text]),
    ...damaged.map(text => ['sessionStorage', text]),
    ...damaged.map(login => ['sessionStorage', JSON.stringify({ ...own, login })])
  ] as [string, string][]) {
    await tab.goto(`${url}/health`)
    await tab.evaluate(
      `sessionStorage.clear(); localStorage.clear(); ${area}.setItem(${JSON.stringify([key, text]).slice(1, -1)})`
    )
    await tab.goto(`${url}/console/account`)
    await isSignedOut(tab)
    t.equal(await tab.evaluate(`${area}.length`), 0, `${area}: ${text}`)
  }
  await logInOn(tab, 'bob')
  await isSignedIn(tab)
})

browserTest('Where the browser denies storage, a login lasts until the page is left', async t => {
  const { tab, context, open } = await openConsole(t)
  await context.addInitScript(`for (const area of ['localStorage', 'sessionStorage'])
    Object.defineProperty(window, area, { get() { throw new DOMException('denied', 'SecurityError') } })`)
  await open('/account', 'bob')
  t.equal(await tab.getByLabel('Keep me signed in').count(), 0)
  await request(tab)
  await tab.getByRole('link', { name: 'Profile' }).click()
  await tab.getByRole('combobox', { name: 'Language' }).selectOption('Deutsch')
  await tab.getByRole('button', { name: 'Save the language' }).click()
  await isSignedOut(tab)
  t.equal(await tab.getByLabel('Keep me signed in').count(), 0)
})

/** Everything that a script can copy out of the storages of the page. */
const copyStorages = (page: Page) =>
  page.evaluate('[localStorage, sessionStorage].map(area => Object.entries(area))') as Promise<[string, string][][]>

browserTest('A copy of the storage of the console is no login (RFC 9449 §5)', async t => {
  const { app, tab, url, context, browser } = await openConsole(t)
  await tab.goto(`${url}/console/account`)
  await logInOn(tab, 'bob')
  await isSignedIn(tab)
  const [, session = []] = await copyStorages(tab)
  t.equal(session.length, 1)
  const { accessToken, refreshToken } = JSON.parse(JSON.parse(String(session[0]?.[1])).login)

  const me = (authorization: string) => fetch(`${url}/users/me`, { headers: { authorization } })
  for (const scheme of ['Bearer', 'DPoP']) t.equal((await me(`${scheme} ${accessToken}`)).status, 401)
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
  const refused = await fetch(`${url}/token`, { method: 'POST', body })
  t.match(await refused.json(), { error: 'invalid_grant' })

  await tab.reload()
  await isSignedIn(tab)
  const bob = await app.userAdmin.byIdOrName('bob')
  t.equal((await app.sessions.ofUser(bob.id)).length, 1, 'the owner stays signed in')
  const databases = (await tab.evaluate('indexedDB.databases()')) as { name: string }[]
  t.match(databases, [{ name: 'sallyport' }])
  t.equal(await tab.evaluate(exportKey), 'InvalidAccessError', 'no script can read the key')
  t.equal((await context.cookies()).length, 0)

  const elsewhere = await browser.newContext()
  t.teardown(() => elsewhere.close())
  const thief = await elsewhere.newPage()
  await thief.goto(`${url}/console/account`)
  await thief.evaluate(`for (const [key, value] of ${JSON.stringify(session)}) sessionStorage.setItem(key, value)`)
  await thief.reload()
  // Or a dialog to sign in again.
  await thief.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.strictSame(await copyStorages(thief), [[], []], 'the copy is gone')
  await tab.reload()
  await tab.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.equal((await app.sessions.ofUser(bob.id)).length, 0, 'the client of the thief has ended the login')
})

/** A script that tries to read the private key. */
const exportKey = `new Promise(resolve => {
  indexedDB.open('sallyport').onsuccess = ({ target: { result } }) => {
    result.transaction('keys').objectStore('keys').getAll().onsuccess = ({ target: { result: [pair] } }) =>
      crypto.subtle.exportKey('pkcs8', pair.privateKey).then(() => resolve('exported'), ({ name }) => resolve(name))
  }
})`
