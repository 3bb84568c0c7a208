import type { Page } from 'playwright-core'
import t from 'tap'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { logInOn, openConsole, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

const evil = '<img src=x onerror=alert(1)> & Söhne'

/** The sum of all layout shifts (Layout Instability §4) since the page has loaded, and the elements that moved. */
const shifts = (page: Page) =>
  page.evaluate(`new Promise(resolve => {
    const found = []
    new PerformanceObserver(list => {
      for (const { value, sources } of list.getEntries()) found.push([value, ...sources.map(({ node }) => node?.outerHTML)])
    }).observe({ type: 'layout-shift', buffered: true })
    setTimeout(() => resolve(found), 300)
  })`)

const cards = [
  ['/', 'Sign in'],
  ['/forgotten', 'Reset your password'],
  ['/#setup=0123456789', 'Create the first administrator']
] as const

for (const colorScheme of themes)
  for (const width of [1280, 320])
    t.test(`cards name the site, and nothing moves, ${width} pixels, ${colorScheme}`, { skip }, async t => {
      const context = { colorScheme, viewport: { width, height: 720 } }
      const { tab, url } = await openConsole(t, browser(), { settings: { siteName: evil }, hasPasskeys: true, context })
      const isCard = async (title: string) => {
        const card = tab.locator('.card')
        await card.getByRole('heading', { name: title, level: 1 }).waitFor()
        await becomes(t, () => card.locator('.site').textContent(), evil)
        // The tab is named after the heading is there.
        await tab.waitForFunction(`document.title.startsWith(${JSON.stringify(title)})`)
        t.equal(await tab.title(), `${title} · ${evil}`)
        await becomes(t, () => tab.locator('header.top .brand').textContent(), evil)
        const { x = 0, width: wide = 0 } = (await card.boundingBox()) ?? {}
        t.equal(Math.round(x + wide / 2), width / 2, `${title} is in the middle`)
        t.equal(await tab.evaluate('document.documentElement.scrollWidth'), width)
        t.strictSame(await violations(tab), [])
      }
      for (const [path, title] of cards) {
        await tab.goto('about:blank')
        await tab.goto(`${url}/console${path}`)
        await isCard(title)
        t.strictSame(await shifts(tab), [], path)
      }
      await tab.goto(`${url}/console/nowhere`)
      await logInOn(tab, 'bob')
      await isCard('Page not found')
      await tab.reload()
      await isCard('Page not found')
      t.strictSame(await shifts(tab), [], 'a reload')
    })

/** How the card in `box` looks, with its name of the site and its title. */
const looks = (box: string) => `(() => {
  const of = (element, ...names) => names.map(name => name + ' ' + getComputedStyle(element)[name])
  const card = document.querySelector('${box}')
  const [site, title] = ['.site', 'h1'].map(part => card.querySelector(part))
  const { left, width, top } = card.getBoundingClientRect()
  return [
    ...of(document.documentElement, 'backgroundColor', 'color', 'fontFamily'),
    ...of(card, 'backgroundColor', 'marginTop', 'padding', 'border', 'borderRadius'),
    ...of(site, 'color', 'fontWeight', 'fontSize', 'lineHeight'),
    ...of(title, 'color', 'fontWeight', 'fontSize', 'lineHeight'),
    ['left', left, 'width', width, 'title', title.getBoundingClientRect().top - top].join(' ')
  ]
})()`

for (const colorScheme of themes)
  for (const width of [1280, 320])
    t.test(`the pages of mailed links have the same card, ${width} pixels, ${colorScheme}`, { skip }, async t => {
      const context = { colorScheme, viewport: { width, height: 720 } }
      const { tab, url } = await openConsole(t, browser(), { context })
      await tab.goto(`${url}/console/`)
      await tab.locator('.card h1').waitFor()
      const expected = await tab.evaluate(looks('.card'))
      await tab.goto(`${url}/verify-email?token=unknown`)
      t.strictSame(await tab.evaluate(looks('main')), expected)
    })

t.test('the host names a site without SITE_NAME', { skip }, async t => {
  const { tab, url } = await openConsole(t, browser())
  await tab.goto(`${url}/console/`)
  await tab.locator('.card .site', { hasText: new URL(url).host }).waitFor()
})
