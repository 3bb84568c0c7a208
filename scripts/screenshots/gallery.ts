import { writeFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { type Demo, end, password } from './demo.ts'

/** A page of the gallery: its name, its address, who is signed in, and what is done before the picture is taken. */
interface Shown {
  name: string
  path: string | ((demo: Demo) => Promise<string>)
  as?: string
  locale?: string
  /** Paths to which the page gets an answer of this status instead of the server's. */
  answers?: Record<string, number>
  before?: (page: Page) => Promise<unknown>
}

const admin = (name: string, path: Shown['path'], before?: Shown['before']): Shown => ({
  name,
  path,
  as: 'alice',
  ...(before && { before })
})
/** A page that a mailed link opens, of an account that has verified its address or, for that, of one that has not. */
const mailed = (
  name: string,
  page: string,
  ...link: [Parameters<Demo['linkFor']>[1], Parameters<Demo['linkFor']>[2]]
) => ({
  name,
  path: async (demo: Demo) => `/${page}?token=${await demo.linkFor(page === 'verify-email' ? 'grace' : 'bob', ...link)}`
})
const accountOf = (username: string) => async (demo: Demo) =>
  `/console/accounts/${(await demo.app.userAdmin.byIdOrName(username)).id}`

const shown: Shown[] = [
  { name: 'Sign in', path: '/console/' },
  {
    name: 'Sign in, refused',
    path: '/console/',
    before: async page => {
      await page.locator('[name=username]').fill('bob')
      await page.locator('[name=password]').fill('a wrong password')
      await page.locator('button.main').click()
      await page.locator('[role=alert]:not(:empty)').first().waitFor()
    }
  },
  { name: 'Forgotten password', path: '/console/forgotten' },
  {
    name: 'Set up',
    path: `/console/#setup=${'a'.repeat(43)}`,
    // The demo has an administrator, so that no link works.
    answers: { '/setup/check': 204 },
    before: async page => {
      await page.locator('[name=password]').pressSequentially('short')
    }
  },
  { name: 'Set up, link used', path: `/console/#setup=${'a'.repeat(43)}` },
  admin('Overview', '/console/overview'),
  admin('Overview, 30 days', '/console/overview?range=month'),
  admin('Accounts', '/console/accounts'),
  admin('Create an account', '/console/accounts/new'),
  admin('Invite a person', '/console/accounts/invite'),
  admin('An account', accountOf('nina')),
  admin('An invited account', accountOf('newcomer')),
  admin('The own account', accountOf('alice')),
  admin('Clients', '/console/clients'),
  admin('A client', async ({ clients }) => `/console/clients/${clients[0]}`),
  admin('Register a client', '/console/clients/new'),
  admin('Audit trail', '/console/audit'),
  admin('Search', '/console/search?q=an'),
  admin('Keys', '/console/keys'),
  ...['', '/password', '/security', '/tokens', '/logins', '/activity'].map(tab =>
    admin(`My account${tab && `: ${tab.slice(1)}`}`, `/console/account${tab}`)
  ),
  admin('Page not found', '/console/nothing'),
  { name: 'Übersicht', path: '/console/overview', as: 'alice', locale: 'de-DE' },
  { name: 'Konto', path: accountOf('nina'), as: 'alice', locale: 'de-DE' },
  { name: 'Anmelden', path: '/console/', locale: 'de-DE' },
  mailed('Mail: confirm the address', 'verify-email', 'verify_email', 'verify_email'),
  mailed('Mail: new password', 'reset-password', 'reset_password', 'reset_password'),
  {
    ...mailed('Mail: password refused', 'reset-password', 'reset_password', 'reset_password'),
    before: async page => {
      await page.locator('[name=new_password]').fill('password12345678')
      await page.locator('button').click()
    }
  },
  {
    ...mailed('Mail: password set', 'reset-password', 'reset_password', 'reset_password'),
    before: async page => {
      await page.locator('[name=new_password]').fill(password)
      await page.locator('button').click()
    }
  },
  mailed('Mail: restore the address', 'undo-email-change', 'email_changed', 'undo_email_change'),
  mailed('Mail: remove what was added', 'undo-factor', 'factor_added', 'undo_factor'),
  { ...mailed('Mail: neues Passwort', 'reset-password', 'reset_password', 'reset_password'), locale: 'de-DE' },
  { name: 'Mail: link used', path: '/verify-email?token=used' },
  { name: 'API docs', path: '/docs' },
  {
    name: 'API docs, Authorize',
    path: '/docs',
    before: async page => {
      await page.locator('button.authorize').first().click()
      await page.locator('.modal-ux').waitFor()
    }
  }
]

const looks = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390]
] as const

/** Opens an address as a person who signs in where the page asks for it. */
export async function openAs(page: Page, address: string, username: string | undefined) {
  await page.clock.setFixedTime(end)
  await page.goto(address)
  if (username !== undefined) {
    await page.locator('[name=username]').fill(username)
    await page.locator('[name=password]').fill(password)
    await page.locator('button.main').click()
    await page.locator('nav').first().waitFor()
  }
  await page.waitForLoadState('networkidle')
}

/** Writes pictures of every page, in both themes and at two widths, into one HTML file. */
export async function writeGallery(browser: Browser, demo: Demo, file: string) {
  const rows: string[] = []
  for (const { name, path, as, locale = 'en-GB', answers = {}, before } of shown) {
    const pictures: string[] = []
    for (const [colorScheme, width] of looks) {
      const context = await browser.newContext({
        viewport: { width, height: 850 },
        colorScheme,
        locale,
        timezoneId: 'UTC'
      })
      const page = await context.newPage()
      try {
        for (const [path, status] of Object.entries(answers))
          await page.route(
            url => url.pathname === path,
            route => route.fulfill({ status })
          )
        await openAs(page, `${demo.url}${typeof path === 'string' ? path : await path(demo)}`, as)
        await before?.(page)
        await page.waitForLoadState('networkidle')
        const picture = await page.screenshot({ fullPage: true, type: 'jpeg', quality: 70 })
        pictures.push(
          `<img loading="lazy" width="${width / 2}" alt="" src="data:image/jpeg;base64,${picture.toString('base64')}">`
        )
      } catch (error) {
        throw new Error(`${name}, ${colorScheme}, ${width} pixels`, { cause: error })
      } finally {
        await context.close()
      }
    }
    rows.push(`<h2>${name}</h2>\n<div>${pictures.join('\n')}</div>`)
  }
  writeFileSync(file, `${head}${rows.join('\n')}\n`)
}

const head = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Every page of Sallyport</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 1.5rem; background: #ddd }
div { display: flex; align-items: start; gap: 1rem; overflow-x: auto }
</style>
<h1>Every page, light and dark, at 1280 and 390 pixels</h1>
`
