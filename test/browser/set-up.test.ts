import t from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { password } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, openConsole, status } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** A server without an administrator, and a link that makes one. */
async function openWithLink(...given: Parameters<typeof openConsole>) {
  const world = await openConsole(...given)
  const { app } = world
  const { id } = await app.userAdmin.byIdOrName('alice')
  const event = app.auditEvents.event('user.scopes_changed')
  await app.db.users.update(id, { scopes: ['me'], updatedAt: app.clock.now() }, event)
  return { ...world, link: await app.setupLinks.create() }
}

t.test('the setup link creates the first administrator, and signs them in', { skip }, async t => {
  const { app, tab, link } = await openWithLink(t, browser())
  await tab.goto(link)
  await tab.getByRole('heading', { name: 'Create the first administrator' }).waitFor()
  t.notMatch(tab.url(), 'setup', 'the token is not in the history')
  await tab.getByLabel('Username').fill('root')
  await tab.getByLabel('Password', { exact: true }).fill('short')
  await tab.getByText('has at least 15 characters').waitFor()
  await tab.getByRole('button', { name: 'Create and sign in' }).click()
  await tab.locator('.fault', { hasText: 'is shorter than 15 characters' }).waitFor()
  await tab.getByLabel('Password', { exact: true }).fill(password)
  await tab.getByText('has at least 15 characters (met)').waitFor()
  t.strictSame(await violations(tab), [])
  await tab.getByRole('button', { name: 'Create and sign in' }).click()
  await status(tab, 'Welcome, root.')
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  t.strictSame((await app.userAdmin.byIdOrName('root')).scopes, adminScopes)
  await tab.reload()
  await tab.getByText('Signed in as root').waitFor()
})

t.test('a link that does not work says so when the form is sent, and leads to the sign-in', { skip }, async t => {
  const { app, tab, link } = await openWithLink(t, browser())
  await tab.goto(link)
  await tab.getByLabel('Username').fill('root')
  await tab.getByLabel('Password', { exact: true }).fill(password)
  await app.setupLinks.create()
  await tab.getByRole('button', { name: 'Create and sign in' }).click()
  await tab.locator('h1:focus', { hasText: 'This link does not work' }).waitFor()
  await alert(tab, /^This link has expired or was already used\./)
  t.strictSame(await tab.locator('main :is(button, input)').allTextContents(), ['Sign in'])
  t.strictSame(await violations(tab), [])
  await tab.getByRole('button', { name: 'Sign in' }).click()
  await tab.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
})

t.test('when the first sign-in fails, the page to sign in says why', { skip }, async t => {
  const { app, tab, link } = await openWithLink(t, browser())
  await tab.goto(link)
  await tab.getByLabel('Username').fill('root')
  await tab.getByLabel('Password', { exact: true }).fill(password)
  const json = { error: 'temporarily_unavailable', error_description: '' }
  await tab.route('**/token', route => route.fulfill({ status: 503, headers: { 'retry-after': '5' }, json }))
  await tab.getByRole('button', { name: 'Create and sign in' }).click()
  await tab.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor()
  await alert(tab, 'Try again in 5 seconds.')
  t.strictSame((await app.userAdmin.byIdOrName('root')).scopes, adminScopes)
})
