import type { Page } from 'playwright-core'
import { password, postForm } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { browserTest } from '../support/browser.ts'
import { alert, type ConsoleWorld, openConsole } from '../support/console.ts'
import { createToken } from '../support/personal-tokens.ts'

const settings = { insecure: 'allow' } as const

/** Fills the server: bob with a login, an access token and refusals, and a client. Resolves to the pages of alice. */
async function fill({ app }: ConsoleWorld): Promise<string[]> {
  const { client } = await app.clientAdmin.create({
    name: 'a client with a rather long name, as integrations have them',
    confidential: true,
    grants: ['password', 'refresh_token'],
    scopes: ['me', 'users:read']
  })
  const { id } = await app.userAdmin.byIdOrName('bob')
  const form = { grant_type: 'password', username: 'bob', password, scope: 'me' }
  const login = await postForm(app, '/token', form, { 'user-agent': 'curl/8.14.1' })
  await createToken(app, login.json().access_token)
  const { webhook } = await app.webhooks.create({ url: 'http://127.0.0.1:9/', events: ['user.*', 'webhook.created'] })
  const refused = app.auditEvents.event('login.failed', {
    subject: id,
    ip: '192.0.2.7',
    detail: { reason: 'password' }
  })
  await app.db.audit.record(refused)
  await app.db.audit.record({ ...refused, action: 'throttle.refused', detail: { counter: 'known', seconds: 60 } })
  return [
    ...['/overview', '/accounts', '/accounts/new', '/accounts/invite', `/accounts/${id}`],
    ...['/clients', '/clients/new', `/clients/${client.id}`, '/audit', '/keys', '/search?q=a', '/nothing'],
    ...['/webhooks', '/webhooks/new', `/webhooks/${webhook.id}`],
    ...['', '/password', '/security', '/tokens', '/logins', '/activity'].map(tab => `/account${tab}`)
  ]
}

/** The pages of a person without a login. */
const outside = ['/', '/forgotten', '/#setup=0123456789']

/** Opens a page in a tab, and waits until all of it is there. */
async function show({ url, isSettled }: ConsoleWorld, path: string, page: Page) {
  // Otherwise an address that differs in its fragment only loads nothing.
  await page.goto('about:blank')
  await page.goto(`${url}/console${path}`)
  await page.locator('h1').waitFor()
  await isSettled(page)
}

/** Calls `check` with each page of the console: without a login, of alice, and an event of the audit trail. */
async function onEveryPage(world: ConsoleWorld, check: (page: Page, path: string) => Promise<unknown>) {
  const pages = await fill(world)
  const guest = await world.context.newPage()
  for (const path of outside) {
    await show(world, path, guest)
    await check(guest, path)
  }
  await guest.close()
  const { tab, url } = world
  await world.open('/audit')
  await tab.getByRole('button', { name: 'Refused after too many attempts' }).click()
  await tab.getByRole('dialog').waitFor()
  for (const path of [...pages, tab.url().slice(`${url}/console`.length)]) {
    await show(world, path, tab)
    await check(tab, path)
  }
}

/** Functions for a page in forced colors. */
const forced = `
const back = getComputedStyle(document.documentElement).backgroundColor
const stands = color => color !== back && !(color.startsWith('rgba') && color.endsWith(', 0)'))
const colorOf = name => {
  const probe = document.body.appendChild(document.createElement('i'))
  probe.style.color = name
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}`
const bordered = `:is(.badge, .card, main section, dialog, fieldset, a.button, button, select, textarea,
  input:not([type=checkbox], [type=radio])):not(.quiet, .more button, .visually-hidden)`
/** The parts without a border that stands out. */
const borderless = `(() => { ${forced}
  return [...document.querySelectorAll(${JSON.stringify(bordered)})].filter(part => {
    const { borderTopStyle, borderTopWidth, borderTopColor } = getComputedStyle(part)
    return part.checkVisibility() &&
      (borderTopStyle === 'none' || Number.parseFloat(borderTopWidth) === 0 || !stands(borderTopColor))
  }).map(part => part.outerHTML.slice(0, 120))
})()`
/** The bars of a plot, and those that do not stand out. */
const bars = `(() => { ${forced}
  const fills = [...document.querySelectorAll('.plot rect')].map(bar => getComputedStyle(bar).fill)
  return { count: fills.length, hidden: fills.filter(fill => fill === 'none' || !stands(fill)) }
})()`
/** Whether the focused element has an outline of a color of the system that stands out. */
const isOutlined = `(() => { ${forced}
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement)
  return outlineStyle === 'solid' && Number.parseFloat(outlineWidth) >= 2 && stands(outlineColor) &&
    ['CanvasText', 'LinkText', 'ButtonText', 'ButtonBorder', 'FieldText', 'Highlight'].map(colorOf).includes(outlineColor)
})()`

/** The elements that move by themselves, for longer than nothing. */
const moving = `[...document.querySelectorAll('*')].filter(element => {
  const { transitionDuration, animationDuration } = getComputedStyle(element)
  return [transitionDuration, animationDuration].some(times => times.split(',').some(time => Number.parseFloat(time) > 0))
}).map(({ outerHTML }) => outerHTML.slice(0, 120))`

/** Adds up the layout shifts that no input of the person caused. */
const observeShifts = `window.shifts = []
new PerformanceObserver(list => {
  for (const { value, hadRecentInput, sources } of list.getEntries())
    if (!hadRecentInput) shifts.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.textContent)])
}).observe({ type: 'layout-shift', buffered: true })`

// Most of the time goes to loading the pages, so that each is loaded once for all that does not exclude each other.
browserTest('Every page is accessible in both themes and in forced colors, and nothing shifts or moves', async t => {
  const world = await openConsole(t, { settings, context: { viewport: { width: 1280, height: 800 } } })
  await world.context.addInitScript(observeShifts)
  await onEveryPage(world, async (page, path) => {
    t.strictSame(await page.evaluate('shifts'), [], `shifts of ${path}`)
    t.equal(await page.evaluate('getComputedStyle(document.documentElement).scrollBehavior'), 'auto', path)
    t.strictSame(await page.evaluate(moving), [], `motion of ${path}`)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    t.strictSame(await page.evaluate(moving), [], `reduced motion of ${path}`)
    await assertAccessible(t, page, path)

    await page.emulateMedia({ reducedMotion: null, forcedColors: 'active' })
    t.strictSame(await page.evaluate(borderless), [], `borders of ${path}`)
    const { count, hidden } = (await page.evaluate(bars)) as { count: number; hidden: string[] }
    t.equal(count > 0, /^\/(overview|audit)/.test(path), `bars of ${path}`)
    t.strictSame(hidden, [], `colors of the bars of ${path}`)
    for (let n = 0; n === 0 || !(await page.evaluate(`document.activeElement.matches('main *')`)); n++) {
      if (n === 30) return t.fail(`no focus in ${path}`)
      await page.keyboard.press('Tab')
    }
    t.equal(await page.evaluate(isOutlined), true, `focus of ${path}`)
    await page.emulateMedia({ forcedColors: null })
  })
})

browserTest('On a phone, no page shifts after the first paint', async t => {
  const world = await openConsole(t, { settings, context: { viewport: { width: 390, height: 800 } } })
  await world.context.addInitScript(observeShifts)
  await onEveryPage(world, async (page, path) => t.strictSame(await page.evaluate('shifts'), [], path))
})

browserTest('A part that is slow hides the others for a while only, and one that fails hides none', async t => {
  const world = await openConsole(t)
  const { tab, open } = world
  const rotate = tab.getByRole('button', { name: 'Rotate' })
  await open('/audit')
  let answer = () => {}
  const answered = new Promise<void>(resolve => {
    answer = resolve
  })
  await tab.route(
    ({ pathname }) => pathname === '/keys',
    async route => {
      await answered
      await route.fulfill({ status: 503 })
    }
  )
  const loading = tab.getByText('Loading…')
  await tab.getByRole('link', { name: 'Keys' }).click()
  await loading.waitFor()
  t.equal(await rotate.isVisible(), false)
  await rotate.waitFor()
  t.equal(await loading.isVisible(), true)
  answer()
  await alert(tab, 'The server is busy')
  await tab.reload()
  await alert(tab, 'The server is busy')
  t.equal(await rotate.isVisible(), true)
})

browserTest('The first paint of the console takes less than 300 ms from the click', async t => {
  const world = await openConsole(t)
  const times: number[] = []
  for (let n = 0; n < 5; n++) {
    await show(world, '/', world.tab)
    times.push(Number(await world.tab.evaluate(`performance.getEntriesByName('first-contentful-paint')[0].startTime`)))
  }
  // The best of five, because the machine does other work too.
  t.ok(Math.min(...times) < 300, times.join(', '))
})
