import { becomes, browserTest } from '../support/browser.ts'
import { logInOn, openConsole, themes } from '../support/console.ts'

const widths = [1280, 320]
const evil = '<img src=x onerror=alert(1)> & Söhne'

browserTest('A card names the site and stands in the middle, at every width', async t => {
  const { tab, url } = await openConsole(t, { settings: { siteName: evil }, hasPasskeys: true })
  const isCard = async (title: string) => {
    const card = tab.locator('.card')
    await card.getByRole('heading', { name: title, level: 1 }).waitFor()
    await becomes(t, () => card.locator('.site').textContent(), evil)
    // The tab is named after the heading is there.
    await becomes(t, () => tab.title(), `${title} · ${evil}`)
    await becomes(t, () => tab.locator('header.top .brand').textContent(), evil)
    for (const width of widths) {
      await tab.setViewportSize({ width, height: 720 })
      const { x = 0, width: wide = 0 } = (await card.boundingBox()) ?? {}
      t.equal(Math.round(x + wide / 2), width / 2, `${title} is in the middle of ${width}`)
      t.equal(await tab.evaluate('document.documentElement.scrollWidth'), width)
    }
  }
  for (const [path, title] of [
    ['/', 'Sign in'],
    ['/forgotten', 'Reset your password'],
    ['/#setup=0123456789', 'Create the first administrator']
  ] as const) {
    await tab.goto('about:blank')
    await tab.goto(`${url}/console${path}`)
    await isCard(title)
  }
  await tab.goto(`${url}/console/nowhere`)
  await logInOn(tab, 'bob')
  await isCard('Page not found')
  await tab.reload()
  await isCard('Page not found')
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

browserTest('The pages of mailed links have the same card, named after the host, in every width and theme', async t => {
  const { tab, url } = await openConsole(t)
  const allLooks = async (box: string) => {
    const found: Record<string, unknown> = {}
    for (const colorScheme of themes)
      for (const width of widths) {
        await tab.emulateMedia({ colorScheme })
        await tab.setViewportSize({ width, height: 720 })
        found[`${colorScheme}, ${width}`] = await tab.evaluate(looks(box))
      }
    return found
  }
  await tab.goto(`${url}/console/`)
  await tab.locator('.card .site', { hasText: new URL(url).host }).waitFor()
  const expected = await allLooks('.card')
  await tab.goto(`${url}/verify-email?token=unknown`)
  t.strictSame(await allLooks('main'), expected)
})
