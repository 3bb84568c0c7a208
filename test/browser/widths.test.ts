import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { languages } from '../../console/src/language.ts'
import { password, postForm } from '../support/app.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { openConsole } from '../support/console.ts'
import { createToken } from '../support/personal-tokens.ts'

const widths = [1280, 1024, 768, 390, 320]

const long = (length: number) => 'Abcdefghi '.repeat(length).slice(0, length).trim().padEnd(length, 'x')
const userAgent = `${'UnknownProduct'.repeat(10)}/1.0 (${long(200)})`
const at = '2026-03-04T16:20:00.000Z'
const id = '0190b3f2-1111-7222-8333-444455556666'

/** A server whose texts are as long as they can be, and whose tab has a language. */
async function openLong(t: Test, locale: string) {
  const scopes = ['orders', 'invoices', 'customers'].map(name => `https://api.example.com/scopes/${name}:read`)
  const world = await openConsole(t, { hasPasskeys: true, context: { locale } })
  const { app, tab } = world
  const names = { username: 'x'.repeat(64), full_name: 'x'.repeat(256), email: `${'x'.repeat(60)}@example.com` }
  const { id: account } = await app.users.register({ ...names, password, scopes: ['me', ...scopes] }, {})
  const grants = ['password' as const, 'refresh_token' as const]
  const { client } = await app.clientAdmin.create({ name: long(64), confidential: false, grants, scopes: ['me'] })
  const form = { grant_type: 'password', username: names.username, client_id: client.id }
  const remoteAddress = '2001:db8:1234:5678:9abc:def0:1234:5678'
  for (const given of [password, 'a wrong password'])
    await app.inject({
      method: 'POST',
      url: '/token',
      remoteAddress,
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent },
      payload: new URLSearchParams({ ...form, password: given }).toString()
    })
  const answers = {
    tokens: {
      items: [{ id, name: long(64), scopes, resource: null, created_at: at, expires_at: at, last_used_at: null }]
    },
    factors: {
      items: ['totp', 'passkey'].map((type, n) => ({ id: `${n}`, type, name: long(64), created_at: at })),
      recovery_codes_left: 10
    },
    passkeys: {
      items: [{ id: '1', name: long(64), created_at: at, last_used_at: at }]
    },
    identities: {
      items: [
        { id, issuer: `https://${'i'.repeat(200)}.example.com`, subject: 's'.repeat(255), email: null, created_at: at }
      ]
    }
  }
  for (const [name, answer] of Object.entries(answers))
    await tab.route(new RegExp(`/users/[^/]+/${name}$`), async route => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), ...answer } })
    })
  return { ...world, account, username: names.username }
}

/** Signs in, in any language. */
async function signIn(page: Page, url: string, username: string) {
  await page.goto(`${url}/console/account`)
  // A reload keeps the login of another person.
  await page.evaluate('sessionStorage.clear()')
  await page.reload()
  await page.locator('input[autocomplete~=username]').fill(username)
  await page.locator('input[type=password]').fill(password)
  await page.keyboard.press('Enter')
  await page.locator('main dl').first().waitFor()
}

/** Elements that reach out of the window, and cells whose text reaches out of them. */
const tooWide = `(() => {
  const isOut = element => {
    const { left, right, width } = element.getBoundingClientRect()
    return width > 0 && (left < 0 || right > innerWidth + 0.5)
  }
  const isCut = cell => !cell.closest('thead') && cell.scrollWidth > cell.clientWidth + 1
  const out = [...document.querySelectorAll('main :is(tbody *, button, a, input, summary)')].filter(isOut)
  const cut = [...document.querySelectorAll('main :is(td, th)')].filter(isCut)
  return [...out, ...cut].map(element => element.outerHTML.slice(0, 120))
})()`

for (const language of Object.keys(languages))
  browserTest(`Every table fits its width, with each action in reach: ${language}`, async t => {
    const { tab, url, account, username, faults, isSettled } = await openLong(t, language)
    const places: [name: string, paths: string[]][] = [
      ['alice', ['/accounts', `/accounts/${account}`, '/clients', '/audit', '/keys']],
      [username, ['tokens', 'logins', 'activity', 'security'].map(name => `/account/${name}`)]
    ]
    for (const [name, paths] of places) {
      await signIn(tab, url, name)
      for (const path of paths) {
        await tab.evaluate(`history.pushState(null, '', '/console${path}')`)
        await tab.locator('tbody tr:visible').first().waitFor()
        await isSettled()
        for (const width of widths) {
          await tab.setViewportSize({ width, height: 850 })
          t.strictSame(await tab.evaluate(tooWide), [], `${path} at ${width}`)
          t.equal(await tab.evaluate('document.documentElement.scrollWidth'), width, `${path} at ${width}`)
        }
        await tab.setViewportSize({ width: 1280, height: 850 })
      }
    }
    t.strictSame(faults, [])
  })

browserTest('A row that became a block names its columns, and stays a row of a table', async t => {
  const { app, tab, open } = await openConsole(t, { context: { viewport: { width: 320, height: 640 } } })
  const login = await postForm(app, '/token', { grant_type: 'password', username: 'bob', password })
  await createToken(app, login.json().access_token, { name: 'backup' })
  await open('/account/tokens', 'bob')
  const row = tab.getByRole('table').getByRole('row', { name: 'backup' })
  await row.getByRole('rowheader', { name: 'backup', exact: true }).waitFor()
  await becomes(t, () => row.getByRole('cell').count(), 6)
  await becomes(t, () => tab.getByRole('columnheader').count(), 7)
  await becomes(t, () => row.getByRole('cell').first().getAttribute('data-label'), 'Scopes')
})
