import type { Page } from 'playwright-core'
import t from 'tap'
import { password } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { type ConsoleWorld, logInOn, openConsole, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** The pages of the console, and their headings, in the order of the navigation. */
async function pagesOf({ app }: ConsoleWorld): Promise<string[]> {
  const { client } = await app.clientAdmin.create({
    name: 'a client with a rather long name, as integrations have them',
    confidential: true,
    grants: ['password', 'refresh_token'],
    scopes: ['me', 'users:read']
  })
  const bob = await app.userAdmin.byIdOrName('bob')
  return [
    ...['/overview', '/overview?range=month', '/accounts', '/accounts/new', '/accounts/invite', `/accounts/${bob.id}`],
    ...['/clients', '/clients/new', `/clients/${client.id}`, '/audit', '/keys', '/search?q=b', '/nothing'],
    ...['', '/password', '/security', '/tokens', '/logins', '/activity'].map(tab => `/account${tab}`)
  ]
}

/** Opens a page in a tab that is signed in, and waits until all of it is there. */
async function show(world: ConsoleWorld, path: string, page: Page = world.tab) {
  await page.goto(`${world.url}/console${path}`)
  await page.locator('h1').waitFor()
  await page.waitForLoadState('networkidle')
}

/** How far the page is wider than its window, in pixels. */
const excess = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

for (const colorScheme of themes)
  t.test(`every page is free of violations that axe finds, ${colorScheme}`, { skip }, async t => {
    const world = await openConsole(t, browser(), { context: { colorScheme } })
    const pages = await pagesOf(world)
    await world.open('/')
    for (const path of pages) {
      await show(world, path)
      t.strictSame(await violations(world.tab), [], path)
    }
  })

t.test('every page works at a zoom of 400 %, where 1280 pixels are 320 (WCAG 2.2 §1.4.10)', { skip }, async t => {
  const world = await openConsole(t, browser(), { context: { viewport: { width: 320, height: 256 } } })
  const pages = await pagesOf(world)
  await world.open('/')
  for (const path of pages) {
    await show(world, path)
    t.equal(await excess(world.tab), 0, path)
  }
})

t.test('every page has its borders and its focus in forced colors', { skip }, async t => {
  const world = await openConsole(t, browser(), { context: { forcedColors: 'active' } })
  const pages = await pagesOf(world)
  await world.open('/')
  for (const path of pages) {
    await show(world, path)
    t.strictSame(await violations(world.tab), [], path)
    await world.tab.keyboard.press('Tab')
    t.not(await world.tab.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none', path)
  }
})

t.test('nothing moves by itself where the person wants less motion', { skip }, async t => {
  const world = await openConsole(t, browser(), { context: { reducedMotion: 'reduce' } })
  const pages = await pagesOf(world)
  await world.open('/')
  for (const path of pages) {
    await show(world, path)
    t.equal(await world.tab.evaluate('document.getAnimations().length'), 0, path)
    t.equal(await world.tab.evaluate('getComputedStyle(document.documentElement).scrollBehavior'), 'auto', path)
  }
})

/** Adds up the layout shifts that no input of the person caused. */
const observeShifts = `window.shifts = []
new PerformanceObserver(list => {
  for (const { value, hadRecentInput, sources } of list.getEntries())
    if (!hadRecentInput) shifts.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.textContent)])
}).observe({ type: 'layout-shift', buffered: true })`

t.test('nothing shifts after the first paint of a page', { skip }, async t => {
  const world = await openConsole(t, browser())
  const pages = await pagesOf(world)
  await world.context.addInitScript(observeShifts)
  await show(world, '/')
  t.strictSame(await world.tab.evaluate('shifts'), [], 'sign in')
  await logInOn(world.tab, 'alice', password)
  await world.tab.getByRole('button', { name: 'Sign out' }).waitFor()
  for (const path of pages) {
    await show(world, path)
    t.strictSame(await world.tab.evaluate('shifts'), [], path)
  }
})

t.test('the first paint of the console takes less than 300 ms from the click', { skip }, async t => {
  const world = await openConsole(t, browser())
  const times: number[] = []
  for (let n = 0; n < 10; n++) {
    await show(world, '/')
    times.push(Number(await world.tab.evaluate(`performance.getEntriesByName('first-contentful-paint')[0].startTime`)))
  }
  // The best of ten, because the machine does other work too.
  t.ok(Math.min(...times) < 300, times.join(', '))
})
