import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { createVerifiedUser } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, logInOn, openConsole, status } from '../support/console.ts'
import { enrol } from '../support/second-factor.ts'

/** A console whose authenticator uses and creates passkeys at once. */
async function openOffers(t: Test) {
  const world = await openConsole(t, { hasPasskeys: true, offersPasskeys: true })
  await world.tab.addInitScript(`{
    const { credentials } = navigator
    const get = credentials.get.bind(credentials)
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

/** Adds a passkey on the page "Security". */
async function addPasskey(tab: Page) {
  await button(tab, 'Add a passkey').click()
  await tab.getByRole('dialog').getByRole('button', { name: 'Add a passkey' }).click()
  await button(tab, 'I have saved them').click()
  await tab.getByRole('cell', { name: 'Passkey' }).waitFor()
}

browserTest('The browser offers a passkey and signs in with it, and the password and the button work too', async t => {
  const { tab, open, named, answer, offered } = await openOffers(t)
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
  await button(tab, 'Sign out').click()
  await tab.getByText('Signed in as bob').waitFor()
  t.equal(await tab.evaluate('sessionStorage.length'), 1, 'for this tab only, as the box says')

  await named('bob')
  await tab.getByRole('link', { name: 'Profile' }).click()
  await tab.getByLabel('Full name').fill('Bob Ross')
  await button(tab, 'Save the name').click()
  await named('Bob Ross')
})

browserTest('A passkey that the server no longer knows is refused, and the browser forgets it', async t => {
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

browserTest('A form that was open for longer than a challenge lasts still takes the offered passkey', async t => {
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

browserTest('After a login with the password, a passkey is suggested to accounts without a second factor', async t => {
  const world = await openConsole(t, { hasPasskeys: true })
  const { tab, open, isSettled } = world
  const isQuiet = async (username: string) => {
    await button(tab, 'Sign out').click()
    const read = tab.waitForResponse('**/users/me/factors')
    await open('/account', username)
    await read
    await isSettled()
    return (await suggestion(tab).count()) === 0
  }
  await open('/account', 'bob')
  await suggestion(tab).getByText('A passkey protects your account').waitFor()
  await assertAccessible(t, tab, 'suggestion')
  await suggestion(tab).getByRole('button', { name: 'No, thanks' }).click()
  await becomes(t, () => suggestion(tab).count(), 0)
  t.ok(await isQuiet('bob'), 'he has declined it in this browser')
  await button(tab, 'Sign out').click()
  await open('/account', 'alice')
  await suggestion(tab).getByRole('button', { name: 'Create a passkey' }).click()
  await status(tab, 'The passkey is added. Your other logins have ended.')
  await button(tab, 'I have saved them').click()
  await tab.getByRole('table', { name: 'Second factors' }).getByRole('cell', { name: 'Passkey' }).waitFor()
  await becomes(t, () => suggestion(tab).count(), 0)
  await button(tab, 'Sign out').click()

  await createVerifiedUser(world.app, 'carol')
  const { recoveryCodes } = await enrol(world, { username: 'carol' })
  const read = tab.waitForResponse('**/users/me/factors')
  await logInOn(tab, 'carol')
  await button(tab, 'Use a recovery code instead').click()
  await tab.getByLabel('Recovery code').fill(String(recoveryCodes[0]))
  await tab.getByRole('dialog').getByRole('button', { name: 'Confirm' }).click()
  await read
  await isSettled()
  await becomes(t, () => suggestion(tab).count(), 0, 'carol has a second factor')
})
