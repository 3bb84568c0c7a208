import t from 'tap'
import { createUser } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { becomes, skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, openConsole, themes } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const tabs = ['Profile', 'Password', 'Security', 'Personal access tokens', 'Logins', 'Activity']

for (const colorScheme of themes)
  t.test(`every tab is accessible in the ${colorScheme} theme, and has an address and a title`, { skip }, async t => {
    const viewport = { width: 320, height: 800 }
    const { tab, url, open } = await openConsole(t, browser(), {
      hasPasskeys: true,
      context: { colorScheme, viewport }
    })
    await open('/account', 'bob')
    const heading = (name: string) => tab.getByRole('heading', { name: `My account: ${name}`, level: 1 })
    for (const name of tabs) {
      const link = tab.getByRole('navigation', { name: 'My account' }).getByRole('link', { name })
      await link.focus()
      await tab.keyboard.press('Enter')
      await heading(name).waitFor()
      await tab.getByText('Loading…').first().waitFor({ state: 'detached' })
      await becomes(t, () => link.getAttribute('aria-current'), 'page')
      t.equal(await tab.title(), `My account: ${name} · ${new URL(url).host}`)
      t.strictSame(await violations(tab), [], name)
      const width = await tab.evaluate('document.documentElement.scrollWidth')
      t.equal(width, 320, 'only tables scroll sideways')
    }
    await tab.goBack()
    await heading('Logins').waitFor()
    await tab.goForward()
    await heading('Activity').waitFor()
  })

t.test('the setup of an app, the recovery codes and a dialog are accessible', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser(), { hasPasskeys: true })
  await open('/account/security', 'bob')
  await tab.getByRole('button', { name: 'Set up an authenticator app' }).click()
  await tab.getByRole('img').waitFor()
  t.strictSame(await violations(tab), [])
  await tab.getByRole('button', { name: 'Cancel' }).click()
  await tab.getByRole('button', { name: 'Add a passkey' }).click()
  t.strictSame(await violations(tab), [])
  await tab.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click()
  await tab.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
  t.strictSame(await violations(tab), [])
  await tab.getByRole('button', { name: 'I have saved them' }).click()
  await tab.getByRole('heading', { name: 'Recovery codes', exact: true }).waitFor()
  t.strictSame(await violations(tab), [])
})

t.test('an unknown tab has no page', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  for (const path of ['profiles', 'constructor', '<script>', 'password/more']) {
    await open(`/account/${path}`, 'bob')
    await tab.getByRole('heading', { name: 'Page not found' }).waitFor()
  }
})

t.test('an account without the scope is not led here, and reads why an address shows nothing', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await createUser(app, 'watcher', ['audit:read'])
  for (const path of ['', '/password', '/security', '/tokens', '/logins', '/activity']) {
    await open(`/account${path}`, 'watcher')
    await alert(tab, 'Your account may not do this.')
    t.equal(await tab.getByRole('link', { name: 'My account' }).count(), 0)
  }
})
