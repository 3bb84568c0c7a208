import { writeFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { type Demo, end, password } from './demo.ts'

/** A page of the gallery: its name, its address, who is signed in, and what is done before the picture is taken. */
interface Shown {
  name: string
  path: string | ((demo: Demo) => Promise<string>)
  as?: string
  locale?: string
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
    before: async page => {
      await page.locator('[name=password]').pressSequentially('short')
    }
  },
  {
    // The demo has an administrator, so that no link works.
    name: 'Set up, link used',
    path: `/console/#setup=${'a'.repeat(43)}`,
    before: async page => {
      await page.locator('[name=username]').fill('root')
      await page.locator('[name=password]').fill(password)
      await page.locator('button.main').click()
      await page.locator('[role=alert]:not(:empty)').waitFor()
    }
  },
  admin('Overview', '/console/overview'),
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
  admin('Webhooks', '/console/webhooks'),
  admin('Create a webhook', '/console/webhooks/new'),
  admin('Search', '/console/search?q=a'),
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

/** The most of a page that is in its picture, in pixels. */
const mostHeight = 2400

/** A page of the browser with the clock of the demo. */
export async function openPage(browser: Browser, width: number, colorScheme: 'light' | 'dark', locale = 'en-GB') {
  const page = await browser.newPage({ viewport: { width, height: 850 }, colorScheme, locale, timezoneId: 'UTC' })
  await page.clock.setFixedTime(end)
  return page
}

/** Signs in on the page that the console shows. */
export async function signIn(page: Page, username: string) {
  await page.locator('[name=username]').fill(username)
  await page.locator('[name=password]').fill(password)
  await page.locator('button.main').click()
  await page.locator('nav').first().waitFor()
}

async function photograph(page: Page, demo: Demo, { path, before }: Shown): Promise<string> {
  await page.goto(`${demo.url}${typeof path === 'string' ? path : await path(demo)}`)
  await page.waitForLoadState('networkidle')
  await before?.(page)
  await page.waitForLoadState('networkidle')
  const { width = 0 } = page.viewportSize() ?? {}
  const height = Math.min(Number(await page.evaluate('document.documentElement.scrollHeight')), mostHeight)
  const picture = await page.screenshot({
    fullPage: true,
    clip: { x: 0, y: 0, width, height },
    type: 'jpeg',
    quality: 70
  })
  return `<img loading="lazy" width="${width / 2}" alt="" src="data:image/jpeg;base64,${picture.toString('base64')}">`
}

/** Writes pictures of every page, in both themes and at two widths, into one HTML file. */
export async function writeGallery(browser: Browser, demo: Demo, file: string) {
  const pictures = new Map(shown.map(one => [one, [] as string[]]))
  for (const [colorScheme, width] of looks) {
    /** The tabs in which a person has signed in, by language. */
    const tabs = new Map<string, Page>()
    for (const one of shown) {
      const { name, as, locale = 'en-GB' } = one
      const kept = as === undefined ? undefined : tabs.get(locale)
      const page = kept ?? (await openPage(browser, width, colorScheme, locale))
      try {
        if (as !== undefined && !kept) {
          await page.goto(`${demo.url}/console/account`)
          await signIn(page, as)
          tabs.set(locale, page)
        }
        pictures.get(one)?.push(await photograph(page, demo, one))
      } catch (error) {
        throw new Error(`${name}, ${colorScheme}, ${width} pixels`, { cause: error })
      }
      if (as === undefined) await page.close()
    }
    for (const page of tabs.values()) await page.close()
  }
  const rows = Array.from(pictures, ([{ name }, looks]) => `<h2>${name}</h2>\n<div>${looks.join('\n')}</div>`)
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
