import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createVerifiedUser } from '../support/app.ts'
import { violations } from '../support/axe.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, logInOn, openConsole, status, themes } from '../support/console.ts'
import { enrol } from '../support/second-factor.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/**
 * A console whose authenticator uses and creates passkeys at once. Chromium's creates none without a dialog, so it is
 * asked as for one with a dialog.
 */
async function openOffers(t: Test, more: Partial<Parameters<typeof openConsole>[2]> = {}) {
  const world = await openConsole(t, browser(), { hasPasskeys: true, offersPasskeys: true, ...more })
  await world.tab.addInitScript(`{
    const { credentials } = navigator
    const [create, get] = [credentials.create.bind(credentials), credentials.get.bind(credentials)]
    credentials.create = ({ mediation, ...options }) => create(options)
    credentials.get = options => {
      window.isOffered = options.mediation === 'conditional'
      return get(options).finally(() => { window.isOffered = false })
    }
  }`)
  const { devtools, authenticatorId } = world.authenticator as NonNullable<typeof world.authenticator>
  await createVerifiedUser(world.app, 'carol')
  return {
    ...world,
    /** Resolves when the passkeys of the authenticator have these names. */
    async named(...names: string[]) {
      for (let shown: unknown; shown !== names.join(); ) {
        const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId })
        shown = credentials.map(({ userDisplayName }) => userDisplayName).join()
      }
    },
    /** Resolves when the browser offers passkeys, which the authenticator does not answer. */
    // A function, because the policy of the console allows no evaluation of text.
    offered: () => world.tab.waitForFunction(() => (globalThis as { isOffered?: boolean }).isOffered),
    /** Lets the authenticator answer the next requests, or not. */
    answer: (enabled: boolean) => devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
  }
}

const button = (tab: Page, name: string) => tab.getByRole('button', { name, exact: true })
const suggestion = (tab: Page) => tab.getByRole('complementary', { name: 'Suggestion' })
const saved = (tab: Page) => tab.getByRole('table', { name: 'Passkeys that a browser saved' })

/** Adds a passkey on the page "Security". */
async function addPasskey(tab: Page) {
  await button(tab, 'Add a passkey').click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click()
  await button(tab, 'I have saved them').click()
  await tab.getByRole('cell', { name: 'Passkey' }).waitFor()
}

t.test('the browser offers a passkey, and signs in with it', { skip }, async t => {
  const { tab, open } = await openOffers(t)
  await open('/account/security', 'bob')
  await addPasskey(tab)
  await button(tab, 'Sign out').click()
  await tab.getByText('Signed in as bob').waitFor()
  t.equal(await tab.evaluate('sessionStorage.length'), 1, 'for this tab only, as the box says')
})

t.test('the browser saves a passkey after a password, and its owner confirms it', { skip }, async t => {
  const { app, tab, open } = await openOffers(t)
  await open('/account', 'carol')
  await suggestion(tab).getByRole('link', { name: 'Show the passkey' }).click()
  await saved(tab).getByRole('cell', { name: 'Not confirmed' }).waitFor()
  const { id } = await app.userAdmin.byIdOrName('carol')
  t.strictSame((await app.secondFactors.list({ id })).items, [])
  await saved(tab).getByRole('button', { name: 'Confirm: ' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
  await status(tab, 'The passkey is confirmed. Your other logins have ended.')
  await button(tab, 'I have saved them').click()
  await tab.getByRole('table', { name: 'Second factors' }).getByRole('cell', { name: 'Passkey' }).waitFor()
  t.equal(await saved(tab).count(), 0)
  t.match((await app.secondFactors.list({ id })).items, [{ type: 'passkey' }])
})

t.test('a passkey that waits to be confirmed is removed, also from the browser', { skip }, async t => {
  const { tab, open, named } = await openOffers(t)
  await open('/account', 'carol')
  await suggestion(tab).getByRole('link', { name: 'Show the passkey' }).click()
  await saved(tab).getByRole('button', { name: 'Remove: ' }).click()
  await named('carol')
  await tab.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await status(tab, 'The passkey is removed.')
  await saved(tab).waitFor({ state: 'detached' })
  await named()
})

t.test('a passkey that is not confirmed signs in, and the second factor is asked for after it', { skip }, async t => {
  const world = await openOffers(t)
  const { tab } = world
  const { code } = await enrol(world, { username: 'carol' })
  const dialog = tab.getByRole('dialog', { name: 'Confirm that it is you' })
  const prove = async () => {
    await dialog.getByLabel('Code from your authenticator app').fill(code())
    await dialog.getByRole('button', { name: 'Confirm' }).click()
    await tab.getByText('Signed in as carol').waitFor()
  }
  await tab.goto(`${world.url}/console/account`)
  await logInOn(tab, 'carol')
  await prove()
  await suggestion(tab).getByText('Your browser saved a passkey').waitFor()
  world.clock.advance(60)
  await button(tab, 'Sign out').click()
  await prove()
})

t.test('a passkey that the server no longer knows is refused, and the browser forgets it', { skip }, async t => {
  const { app, tab, open, named, answer } = await openOffers(t)
  await open('/account/security', 'bob')
  await addPasskey(tab)
  await answer(false)
  await button(tab, 'Sign out').click()
  await button(tab, 'Sign in with a passkey').waitFor()
  const bob = await app.db.users.byUsername('bob')
  if (bob) await app.secondFactors.removeAll(bob, { actor: bob.id, ip: null })
  await answer(true)
  await tab.reload()
  await alert(tab, /passkey/)
  await named()
  await logInOn(tab, 'bob')
  await tab.getByText('Signed in as bob').waitFor()
})

t.test('the password and the button work while the browser offers passkeys', { skip }, async t => {
  const { tab, open, answer, offered } = await openOffers(t)
  await open('/account/security', 'bob')
  await addPasskey(tab)
  await answer(false)
  await button(tab, 'Sign out').click()
  await offered()
  await logInOn(tab, 'alice', 'a wrong password')
  await alert(tab, 'The username or the password is wrong.')
  await offered()
  await answer(true)
  await button(tab, 'Sign in with a passkey').click()
  await tab.getByText('Signed in as bob').waitFor()
})

t.test('a page that was open for longer than a challenge lasts still signs in', { skip }, async t => {
  const { tab, open, answer, offered, clock } = await openOffers(t)
  await tab.clock.install()
  await open('/account/security', 'bob')
  await addPasskey(tab)
  await answer(false)
  await button(tab, 'Sign out').click()
  await offered()
  clock.advance(660)
  await answer(true)
  await tab.clock.fastForward(660_000)
  await tab.getByText('Signed in as bob').waitFor()
})

t.test('the passkey in the browser gets the new name of the account', { skip }, async t => {
  const { tab, open, named } = await openOffers(t)
  await open('/account/security', 'bob')
  await addPasskey(tab)
  await named('bob')
  await tab.getByRole('link', { name: 'Profile' }).click()
  await tab.getByLabel('Full name').fill('Bob Ross')
  await button(tab, 'Save the name').click()
  await named('Bob Ross')
})

t.test('a passkey is suggested once, to accounts without a second factor', { skip }, async t => {
  const world = await openConsole(t, browser(), { hasPasskeys: true })
  const { tab, open } = world
  const isQuiet = async (username: string) => {
    await button(tab, 'Sign out').click()
    const read = tab.waitForResponse('**/users/me/factors')
    await open('/account', username)
    await read
    await tab.waitForLoadState('networkidle')
    return (await suggestion(tab).count()) === 0
  }
  await open('/account', 'bob')
  await suggestion(tab).getByText('A passkey protects your account').waitFor()
  await suggestion(tab).getByRole('button', { name: 'No, thanks' }).click()
  t.equal(await suggestion(tab).count(), 0)
  t.ok(await isQuiet('bob'), 'it comes once')
  await button(tab, 'Sign out').click()
  await open('/account', 'alice')
  await suggestion(tab).getByRole('link', { name: 'Add a passkey' }).click()
  await tab.getByRole('heading', { name: 'My account: Security' }).waitFor()
  t.equal(await suggestion(tab).count(), 0)
  await button(tab, 'Sign out').click()

  await createVerifiedUser(world.app, 'carol')
  const { recoveryCodes } = await enrol(world, { username: 'carol' })
  const read = tab.waitForResponse('**/users/me/factors')
  await logInOn(tab, 'carol')
  await button(tab, 'Use a recovery code instead').click()
  await tab.getByLabel('Recovery code').fill(String(recoveryCodes[0]))
  await tab.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
  await read
  await tab.waitForLoadState('networkidle')
  t.equal(await suggestion(tab).count(), 0, 'carol has a second factor')
})

t.test('a server without passkeys suggests none', { skip }, async t => {
  const { tab, open } = await openConsole(t, browser())
  await open('/account', 'bob')
  await tab.waitForLoadState('networkidle')
  t.equal(await suggestion(tab).count(), 0)
})

for (const colorScheme of themes)
  t.test(`the offers are accessible in the ${colorScheme} theme`, { skip }, async t => {
    const { tab, open } = await openOffers(t, { context: { colorScheme } })
    await open('/account', 'carol')
    await suggestion(tab).getByText('Your browser saved a passkey').waitFor()
    t.strictSame(await violations(tab), [])
    await suggestion(tab).getByRole('link').click()
    await saved(tab).getByRole('cell', { name: 'Not confirmed' }).waitFor()
    t.strictSame(await violations(tab), [])
  })
