import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from '../src/app.ts'
import { adminScopes } from '../src/auth/users/user-admin.ts'
import { configFrom } from '../src/load-config.ts'

// `npm run screenshots`: writes the pictures of the README, of a server with the same demo data each time.

/** The pages, and the pictures of each: `docs/NAME-light.png` and `docs/NAME-dark.png`. */
const pages = [['/console/overview', 'console']] as const
const maxBytes = 150_000

const dayMs = 86_400_000
/** When the pictures are taken, on the clocks of the server and the browser. */
const end = new Date('2026-03-04T16:20:00.000Z').getTime()
let time = end - 7 * dayMs

const password = 'correct horse battery staple'
const names = [
  ...['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'karl', 'laura', 'mallory'],
  ...['nina', 'oscar', 'peggy', 'quentin', 'rupert', 'sybil', 'trent', 'ursula', 'victor', 'wendy', 'xavier', 'yusuf'],
  ...['zoe', 'amir', 'bianca', 'chen', 'dalia']
]

/** The accounts, of which alice is an administrator, the clients, and their logins of the last day. */
async function fill(app: FastifyInstance) {
  for (const username of names) {
    time += dayMs / 6
    const scopes = username === 'alice' ? adminScopes : ['me']
    await app.users.register({ username, password, email: `${username}@example.com`, scopes }, {})
  }
  const ids: string[] = []
  for (const name of ['web', 'ios']) {
    const grants = ['password' as const, 'refresh_token' as const]
    const { client } = await app.clientAdmin.create({ name, confidential: false, grants, scopes: ['me'] })
    ids.push(client.id)
  }
  const grants = ['client_credentials' as const]
  await app.clientAdmin.create({ name: 'orders-api', confidential: true, grants, scopes: ['introspect'] })

  for (let minute = 0; minute < 1440; minute += 2) {
    time = end - dayMs + minute * 60_000
    // The most at 14:00, and none at 02:00.
    const share = (1 - Math.cos(2 * Math.PI * ((time % dayMs) / dayMs - 2 / 24))) / 2
    if (scattered(minute, 100) < 100 * share) await logIn(app, minute, String(ids[scattered(minute + 1, ids.length)]))
  }
  time = end
}

/** A login from the user's own address; one of nine has a wrong password. */
async function logIn(app: FastifyInstance, minute: number, client_id: string) {
  const user = scattered(minute + 2, names.length)
  const wrong = scattered(minute + 3, 9) === 0
  const form = { grant_type: 'password', client_id, username: String(names[user]), password, scope: 'me' }
  await app.inject({
    method: 'POST',
    url: '/token',
    remoteAddress: `203.0.113.${user + 10}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(wrong ? { ...form, password: 'a wrong password' } : form).toString()
  })
}

/** A whole number below `limit` that looks random, and is the same each time. */
const scattered = (index: number, limit: number) => ((Math.imul(index + 1, 2_654_435_761) >>> 8) ^ index) % limit

async function signIn(page: Page) {
  await page.getByLabel('Username').fill('alice')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function photograph(browser: Browser, url: string, name: string, colorScheme: 'light' | 'dark') {
  const viewport = { width: 1280, height: 1010 }
  const page = await browser.newPage({ viewport, colorScheme, locale: 'en-GB', timezoneId: 'UTC' })
  await page.clock.setFixedTime(end)
  await page.goto(url)
  await signIn(page)
  await page.locator('.plot rect').first().waitFor()
  await page.waitForLoadState('networkidle')
  const path = fileURLToPath(new URL(`../docs/${name}-${colorScheme}.png`, import.meta.url))
  await page.screenshot({ path })
  await page.close()
  const { size } = statSync(path)
  if (size > maxBytes) throw new Error(`${path} has ${size} bytes: at most ${maxBytes} are allowed`)
}

const config = configFrom({
  databaseUrl: 'sqlite::memory:',
  secret: 'a secret of the demo, 32 bytes or more',
  bcryptCost: 4
})
const app = await build({ config, now: () => new Date(time) }, { logger: false })
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
try {
  await fill(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  for (const [path, name] of pages)
    for (const scheme of ['light', 'dark'] as const) await photograph(browser, `${url}${path}`, name, scheme)
} finally {
  await browser.close()
  await app.close()
}
