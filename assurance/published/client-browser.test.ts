import { build } from 'esbuild'
import type { BrowserContext, Page, Route } from 'playwright-core'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { createUser, password } from '../../test/support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../../test/support/browser.ts'
import { codeBlocks } from '../../test/support/readme-commands.ts'
import { startServer } from '../../test/support/server.ts'
import { startSite } from '../../test/support/site.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** A page with a client that keeps its login in localStorage, and the sign-in states that its listener received. */
const html = `<!doctype html><title>A page</title><script type="module">
  import * as sallyport from '/client.js'
  const { createClient, webStorage } = sallyport
  const parameters = new URLSearchParams(location.search)
  const server = parameters.get('server')
  const dpop = parameters.has('bound') ? undefined : false
  const client = createClient({ url: server, storage: webStorage(localStorage), dpop })
  const heard = []
  client.onChange(who => heard.push(who ? who.username : null))
  const read = async () => (await client.fetch(server + '/users/me')).status
  function readAtOnce(count) {
    const answers = Array.from({ length: count }, read)
    window.hasBegun = true
    return Promise.all(answers)
  }
  Object.assign(window, { client, heard, read, readAtOnce, sallyport })
</script>`

const [pageCode = ''] = codeBlocks('docs/browser.md', 'js')
const [pageHtml = ''] = codeBlocks('docs/browser.md', 'sh').flatMap(
  commands => /^cat > index\.html <<'END'\n(.*?)^END$/ms.exec(commands)?.[1] ?? []
)

/** The page of docs/browser.md, with `code` in place of its file. */
const documented = (server: string, code: string) =>
  pageHtml
    .replace('/node_modules/@sallyport/client/dist/index.js', '/client.js')
    .replace(' src="/page.js">', () => `>${code.replace('http://127.0.0.1:3000', server)}`)

let script: string
t.before(async () => {
  const bundle = await build({
    entryPoints: ['packages/client/src/index.ts'],
    bundle: true,
    format: 'esm',
    write: false
  })
  script = String(bundle.outputFiles[0]?.text)
})

/** A server, a page of another origin that may use it, and a browser without a login. */
async function createWorld(t: Test, settings: Partial<Config> = {}) {
  const pages = new Map([['/', html]])
  const site = await startSite(t, ({ url = '' }, response) => {
    const page = pages.get(url.replace(/\?.*/, ''))
    response.setHeader('content-type', page ? 'text/html' : 'text/javascript').end(page ?? script)
  })
  const start = Date.now()
  let now = start
  const server = await startServer(t, { corsOrigins: [site], ...settings }, () => new Date(now))
  await createUser(server.app)
  pages.set('/documented', documented(server.url, pageCode))
  const context = await browser().newContext()
  t.teardown(() => context.close())
  await context.clock.setFixedTime(start)
  const requests: string[] = []
  context.on('request', request => requests.push(`${request.method()} ${new URL(request.url()).pathname}`))
  return {
    ...server,
    site,
    context,
    /** The number of refreshes and logins that the browser has requested since the last call. */
    countTokens: () => requests.splice(0).filter(request => request === 'POST /token').length,
    /** A tab whose logins are bound to a key, or not. */
    async openTab({ isBound = false } = {}) {
      const tab = await context.newPage()
      await tab.goto(`${site}/?server=${server.url}${isBound ? '&bound' : ''}`)
      await tab.waitForFunction('window.heard?.length > 0')
      return tab
    },
    /** Moves all clocks. */
    async advance(seconds: number) {
      now += seconds * 1000
      await context.clock.setFixedTime(now)
    }
  }
}

const signIn = (tab: Page) => tab.evaluate(`client.signIn(${JSON.stringify({ username: 'alice', password })})`)
const heardBy = (tab: Page) => tab.evaluate('heard')

/** Forty requests, half of them in each tab, all before the first refresh is answered; resolves to the status codes. */
async function readAtOnce(context: BrowserContext) {
  const tabs = context.pages()
  await Promise.all(tabs.map(tab => tab.evaluate('window.hasBegun = false')))
  async function waitForAll(route: Route) {
    await Promise.all(tabs.map(tab => tab.waitForFunction('hasBegun')))
    await route.fallback()
  }
  await context.route('**/token', waitForAll)
  const answers = await Promise.all(tabs.map(tab => tab.evaluate('readAtOnce(20)') as Promise<number[]>))
  await context.unroute('**/token', waitForAll)
  return answers.flat()
}

const allWell = Array<number>(40).fill(200)

t.test(
  'A page of a named origin signs in, and a page of another origin cannot (setting CORS_ORIGINS)',
  { skip },
  async t => {
    const { openTab } = await createWorld(t)
    const tab = await openTab()
    t.match(await signIn(tab), { username: 'alice', scope: 'me' })
    t.equal(await tab.evaluate('read()'), 200)
    await tab.reload()
    t.equal(await tab.evaluate('read()'), 200, 'and is still signed in when it is loaded again')

    const stranger = await (await createWorld(t, { corsOrigins: [] })).openTab()
    await t.rejects(signIn(stranger), /TypeError: Failed to fetch/)
    t.equal(await stranger.evaluate('client.signedIn()'), undefined)
  }
)

t.test('The page of docs/browser.md signs in, and out in every tab', { skip }, async t => {
  const { context, site } = await createWorld(t)
  const page = await context.newPage()
  await page.goto(`${site}/documented`)
  const says = (tab: Page, text: string) => tab.locator('output', { hasText: text }).waitFor()
  const send = async (typed: string) => {
    await page.fill('[name=username]', 'alice')
    await page.fill('[name=password]', typed)
    await page.click('form button')
  }
  await says(page, 'Please sign in.')
  await send('a wrong password')
  await says(page, 'Username or password is wrong.')
  await send(password)
  await says(page, '"username":"alice"')
  const other = await context.newPage()
  await other.goto(`${site}/documented`)
  await says(other, '"username":"alice"')
  await other.click('#leave')
  await says(page, 'Please sign in.')
  t.equal(await page.isVisible('form'), true)
})

t.test('The session is one value in each tab until it changes, as React needs it', { skip }, async t => {
  const { openTab } = await createWorld(t)
  const [here, there] = [await openTab(), await openTab()]
  await there.evaluate('window.calls = 0; window.stop = client.subscribe(() => calls++)')
  await there.waitForFunction('!client.current.isLoading && calls === 1')
  await signIn(here)
  await there.waitForFunction('client.current.user?.username === "alice"')
  t.strictSame(await there.evaluate('[client.current === client.current, calls, stop()]'), [true, 2, undefined])
  await here.evaluate('client.signOut()')
  await there.waitForFunction('!client.current.isSignedIn')
  t.equal(await there.evaluate('calls'), 2)
})

t.test(
  'A login in localStorage is useless without its key, which another browser lacks (RFC 9449 §5)',
  { skip },
  async t => {
    const { url, openTab, advance } = await createWorld(t)
    const [here, there] = [await openTab({ isBound: true }), await openTab({ isBound: true })]
    await signIn(here)
    await there.waitForFunction('heard.length === 2')
    for (let round = 0; round < 2; round++) {
      for (const tab of [here, there]) t.equal(await tab.evaluate('read()'), 200)
      await advance(601)
      await here.reload()
      await here.waitForFunction('window.heard?.length > 0')
    }
    const copied = (await here.evaluate('Object.entries(localStorage)')) as [string, string][]
    const thief = await (await browser().newContext()).newPage()
    t.teardown(() => thief.context().close())
    await thief.goto(here.url())
    await thief.evaluate(`for (const [key, value] of ${JSON.stringify(copied)}) localStorage.setItem(key, value)`)
    await thief.reload()
    await thief.waitForFunction('window.heard?.length > 0')
    const { refreshToken } = JSON.parse(String(copied[0]?.[1]))
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken })
    t.match(await (await fetch(`${url}/token`, { method: 'POST', body })).json(), { error: 'invalid_grant' })
    for (const tab of [here, there]) t.equal(await tab.evaluate('read()'), 200)
    const revoked = thief.waitForResponse('**/revoke')
    t.equal(await thief.evaluate('read()'), 401)
    t.strictSame(await heardBy(thief), ['alice', null])
    t.equal((await revoked).status(), 200)
    for (const tab of [here, there])
      t.equal(await tab.evaluate('read()'), 401, 'a client without the key ends the login')
  }
)

t.test('Forty requests of two tabs around an expiry cause one refresh', { skip }, async t => {
  const { openTab, advance, context, countTokens } = await createWorld(t)
  await signIn(await openTab())
  await openTab()
  countTokens()
  const refreshes: number[] = []
  for (let round = 0; round < 3; round++) {
    await advance(601)
    t.strictSame(await readAtOnce(context), allWell)
    refreshes.push(countTokens())
  }
  // A tab that reads the storage before the other tab's write has reached it sends a second one, which is rare. Tabs
  // that do not wait for each other send two in every round.
  t.ok(refreshes.includes(1), `the refreshes of each round: ${refreshes}`)
  for (const count of refreshes) t.ok([1, 2].includes(count))
})
