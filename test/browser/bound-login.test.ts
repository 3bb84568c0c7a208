import type { Page } from 'playwright-core'
import t from 'tap'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { logInOn, openConsole } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** Everything that a script can copy out of the storages of the page. */
const copyStorages = (page: Page) =>
  page.evaluate('[localStorage, sessionStorage].map(area => Object.entries(area))') as Promise<[string, string][][]>

t.test('a copy of the storage of the console is no login (RFC 9449 §5)', { skip }, async t => {
  const { app, tab, url, context } = await openConsole(t, browser())
  await tab.goto(`${url}/console/account`)
  await logInOn(tab, 'bob')
  await tab.getByText('Signed in as bob').waitFor()
  const [, session = []] = await copyStorages(tab)
  t.equal(session.length, 1)
  const { accessToken, refreshToken } = JSON.parse(JSON.parse(String(session[0]?.[1])).login)

  const me = (authorization: string) => fetch(`${url}/users/me`, { headers: { authorization } })
  for (const scheme of ['Bearer', 'DPoP']) t.equal((await me(`${scheme} ${accessToken}`)).status, 401)
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
  const refused = await fetch(`${url}/token`, { method: 'POST', body })
  t.match(await refused.json(), { error: 'invalid_grant' })

  await tab.reload()
  await tab.getByText('Signed in as bob').waitFor()
  const bob = await app.userAdmin.byIdOrName('bob')
  t.equal((await app.sessions.ofUser(bob.id)).length, 1, 'the owner stays signed in')
  const databases = (await tab.evaluate('indexedDB.databases()')) as { name: string }[]
  t.match(databases, [{ name: 'sallyport' }])
  t.equal(await tab.evaluate(exportKey), 'InvalidAccessError', 'no script can read the key')
  t.equal((await context.cookies()).length, 0)

  const elsewhere = await browser().newContext()
  t.teardown(() => elsewhere.close())
  const thief = await elsewhere.newPage()
  await thief.goto(`${url}/console/account`)
  await thief.evaluate(`for (const [key, value] of ${JSON.stringify(session)}) sessionStorage.setItem(key, value)`)
  await thief.reload()
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
