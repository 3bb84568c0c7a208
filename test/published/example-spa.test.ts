import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { password } from '../support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { cloneInto } from '../support/clone.ts'
import { freePort } from '../support/free-port.ts'
import { readmeCommands, runCommands } from '../support/readme-commands.ts'

const browser = useBrowser()

/** Runs the commands of the example's README on free ports. Resolves to the URL of the page. */
async function followReadme(t: Test): Promise<string> {
  const cwd = t.testdir()
  cloneInto(cwd, ['examples'])
  const [port, pagePort] = [await freePort(), await freePort()]
  const background = (url: string) => ` > /dev/null &\nuntil curl -so /dev/null ${url}; do sleep 0.1; done`
  const commands = readmeCommands(join(cwd, 'examples', 'spa', 'README.md')).map(block =>
    block
      .replaceAll(':3000', `:${port}`)
      .replaceAll('5173', String(pagePort))
      .replace('npm start', `npm start${background(`http://127.0.0.1:${port}/readyz`)}`)
      .replace('--strictPort', `--strictPort${background(`http://localhost:${pagePort}/`)}`)
  )
  t.equal(commands.length, 3)
  const quietNpm = { HOME: cwd, npm_config_update_notifier: 'false' }
  await runCommands(t, commands, { cwd, env: { PORT: String(port), BCRYPT_COST: '4', DRAIN_DELAY: '0', ...quietNpm } })
  return `http://localhost:${pagePort}/`
}

async function signIn(tab: Page, given: string) {
  await tab.getByLabel('Username').fill('alice')
  await tab.getByLabel('Password').fill(given)
  await tab.getByRole('button', { name: 'Sign in' }).click()
}

/** Runs in the page. */
const expireToken = `for (const [key, text] of Object.entries(localStorage))
  localStorage.setItem(key, JSON.stringify({ ...JSON.parse(text), refreshAt: 0, expiresAt: 0 }))`

t.test(
  'the page signs in, reads the account, refreshes and signs out, built and served as its README says',
  {
    skip: skipWithoutBrowser
  },
  async t => {
    const url = await followReadme(t)
    const context = await browser().newContext({ locale: 'en-GB', timezoneId: 'UTC' })
    t.teardown(() => context.close())
    const hosts = new Set<string>()
    let refreshes = 0
    context.on('request', request => {
      hosts.add(new URL(request.url()).hostname)
      if (request.postData()?.includes('grant_type=refresh_token')) refreshes++
    })
    const tab = await context.newPage()
    await tab.goto(url)

    await signIn(tab, 'a wrong password')
    await tab.getByRole('status').getByText('The username or the password is wrong.').waitFor()
    await signIn(tab, password)
    const name = tab.getByRole('heading', { name: 'Alice Liddell' })
    await name.waitFor()
    t.equal(await tab.getByRole('status').textContent(), '')
    t.strictSame((await tab.locator('dd').allTextContents()).slice(0, 2), ['alice', 'none'])
    t.equal(await tab.evaluate('document.activeElement.id'), 'name', 'a screen reader continues there')

    await tab.evaluate(expireToken)
    await tab.reload()
    await name.waitFor()
    t.equal(refreshes, 1, 'the login survives a reload and an expired token')
    const offline = tab.getByRole('status').getByText('Are you offline?')
    await context.setOffline(true)
    await tab.getByRole('button', { name: 'Read again' }).click()
    await offline.waitFor()
    await context.setOffline(false)
    await tab.getByRole('button', { name: 'Read again' }).click()
    await offline.waitFor({ state: 'detached' })
    t.ok(await name.isVisible())

    const other = await context.newPage()
    await other.goto(url)
    await other.getByRole('heading', { name: 'Alice Liddell' }).waitFor()
    await other.getByRole('button', { name: 'Sign out' }).click()
    for (const each of [tab, other]) await each.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.equal(await tab.evaluate('localStorage.length'), 0)
    t.equal(await other.evaluate('document.activeElement.id'), 'username')
    t.strictSame([...hosts].sort(), ['127.0.0.1', 'localhost'])
  }
)
