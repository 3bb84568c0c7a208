import t, { type Test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createUser, logIn, password } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { openConsole, status, themes } from '../support/console.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const hostile = '<img src=x onerror=alert(1)>'

/** A server that accepts accounts of an issuer, of which carol has linked two. */
async function withCarol(t: Test, more: { context?: object } = {}) {
  const { setting, issuer, idToken } = await startIdentityProvider(t)
  const world = await openConsole(t, browser(), { settings: { identityProviders: [setting] }, ...more })
  const { app, tab } = world
  const { id } = await createUser(app, 'carol', ['me'])
  await createUser(app, 'reader', ['me', 'users:read'])
  const call = callWith(app, (await logIn(app, { username: 'carol' })).access_token)
  for (const [sub, email] of [
    ['1', 'carol@example.com'],
    [hostile, undefined]
  ])
    t.equal((await call('POST', '/users/me/identities', { id_token: idToken({ sub, email }) })).statusCode, 201)
  const part = tab.locator('main section', { has: tab.getByRole('heading', { name: 'Accounts elsewhere' }) }).first()
  const linked = async () => (await app.identities.list({ id })).map(({ subject }) => subject)
  return { ...world, id, issuer, part, linked }
}

t.test('the owner unlinks an account elsewhere, with a recent login', { skip }, async t => {
  const { app, tab, open, part, id, issuer, linked, clock } = await withCarol(t)
  await open('/account/security', 'carol')
  await part.getByText('link it there').waitFor()
  const row = part.getByRole('row', { name: 'carol@example.com' })
  await row.getByRole('rowheader', { name: issuer }).waitFor()
  await part.getByRole('cell', { name: hostile }).waitFor()
  clock.advance(601)
  await row.getByRole('button', { name: 'Unlink: carol@example.com' }).click()
  await tab.getByText('It no longer signs you in. Your other logins end.').waitFor()
  await tab.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click()
  const prove = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  await prove.getByLabel('Password').fill(password)
  await prove.getByRole('button', { name: 'Confirm' }).click()
  await status(tab, 'The account elsewhere is unlinked.')
  await row.waitFor({ state: 'detached' })
  t.strictSame(await linked(), [hostile])
  t.equal((await app.sessions.ofUser(id)).length, 1, 'the login of the console continues')
})

t.test('an administrator unlinks the accounts elsewhere of an account', { skip }, async t => {
  const { app, tab, open, part, id, linked } = await withCarol(t)
  await open(`/accounts/${id}`)
  for (const about of ['carol@example.com', 'http://'])
    await part
      .getByRole('button', { name: `Unlink: ${about}` })
      .click()
      .then(() => tab.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click())
  await status(tab, 'The account elsewhere is unlinked.')
  await part.waitFor({ state: 'detached' })
  t.strictSame(await linked(), [])
  t.strictSame(await app.sessions.ofUser(id), [])
  await tab.getByRole('cell', { name: 'Account elsewhere unlinked' }).nth(1).waitFor()
})

t.test('an administrator who may only read unlinks nothing', { skip }, async t => {
  const { open, part, id } = await withCarol(t)
  await open(`/accounts/${id}`, 'reader')
  await part.getByRole('cell', { name: 'carol@example.com' }).waitFor()
  t.equal(await part.locator('button:not([aria-expanded])').count(), 0)
})

t.test(
  'the section is there without a link where the server has issuers, and not where it has none',
  { skip },
  async t => {
    const { open, part } = await withCarol(t)
    await open('/account/security', 'bob')
    await part.getByText('No account elsewhere is linked.').waitFor()

    const plain = await openConsole(t, browser())
    await plain.open('/account/security', 'bob')
    await plain.tab.waitForLoadState('networkidle')
    t.equal(await plain.tab.getByRole('heading', { name: 'Accounts elsewhere' }).count(), 0)
  }
)

for (const colorScheme of themes)
  t.test(`accounts elsewhere break no rule of accessibility: ${colorScheme}`, { skip }, async t => {
    const context = { colorScheme, viewport: { width: 390, height: 844 } }
    const { tab, open, part, id } = await withCarol(t, { context })
    for (const [path, username] of [
      ['/account/security', 'carol'],
      [`/accounts/${id}`, 'alice']
    ] as const) {
      await open(path, username)
      await part.getByRole('cell', { name: 'carol@example.com', exact: true }).waitFor()
      t.strictSame(await violations(tab), [], path)
      t.notOk(await tab.evaluate('document.documentElement.scrollWidth > innerWidth'), 'nothing scrolls sideways')
      await part.getByRole('button', { name: 'Unlink: carol@example.com' }).click()
      await tab.getByRole('dialog').waitFor()
      t.strictSame(await violations(tab), [], `dialog of ${path}`)
      await tab.keyboard.press('Escape')
      await tab.getByRole('button', { name: 'Sign out' }).click()
    }
  })
