import type { Test } from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { createUser, createVerifiedUser, logIn } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, type ConsoleWorld, logInOn, openConsole, status } from '../support/console.ts'
import { enrol } from '../support/second-factor.ts'

/** The page of carol, an account with a verified address that has logged in twice. */
async function openCarol(t: Test) {
  const world = await openConsole(t)
  const { id } = await createVerifiedUser(world.app, 'carol')
  for (let n = 0; n < 2; n++) await logIn(world.app, { username: 'carol' })
  await world.open(`/accounts/${id}`)
  const { tab } = world
  const part = (title: string) =>
    tab.locator('main section', { has: tab.getByRole('heading', { name: title }) }).first()
  await part('Activity').getByText('Signed in').first().waitFor()
  await part('Personal access tokens').getByText('The account has no personal access token.').waitFor()
  return { ...world, id, part, read: () => world.app.userAdmin.byId(id) }
}

/** Clicks a button, and in the dialog that opens the button of the same action. */
async function confirm({ tab }: Pick<ConsoleWorld, 'tab'>, name: string) {
  await tab.getByRole('button', { name }).click()
  await tab.getByRole('dialog').getByRole('button', { name, exact: true }).click()
}

browserTest('An account is disabled and enabled, gets and loses scopes, and its logins are ended', async t => {
  const { app, tab, part, read, id } = await openCarol(t)
  const end = part('Logins').getByRole('button', { name: /^End the login .*, \d/ })
  await end.nth(1).waitFor()
  await becomes(t, () => end.count(), 2)
  await end.first().click()
  await status(tab, 'The login has ended.')
  t.equal((await app.sessions.ofUser(id)).length, 1)
  await confirm({ tab }, 'End all logins')
  await status(tab, 'Ended all logins of carol.')
  await tab.locator('h1:focus').waitFor()
  t.strictSame(await app.sessions.ofUser(id), [])

  await part('Scopes').getByText('Scopes that administer this server').click()
  await part('Scopes').getByLabel('users:read – Read all accounts').check()
  await tab.getByRole('button', { name: 'Save the scopes' }).click()
  await status(tab, 'Saved the scopes of carol.')
  t.strictSame((await read()).scopes, ['me', 'users:read'])
  await tab.getByRole('button', { name: 'Undo' }).click()
  await status(tab, 'Undone.')
  t.strictSame((await read()).scopes, ['me'])
  t.notOk(await part('Scopes').getByLabel('users:read').isChecked())
  await tab.getByRole('button', { name: 'Save the scopes' }).click()
  await status(tab, 'The scopes are the same as before.')

  await logIn(app, { username: 'carol' })
  await tab.getByRole('button', { name: 'Disable: carol' }).click()
  await status(tab, 'Disabled carol, and ended all logins of the account.')
  t.equal((await read()).disabled, true)
  await part('Logins').getByText('The account has no login.').waitFor()
  await part('Activity').getByText('Account disabled').waitFor()
  await tab.getByRole('button', { name: 'Undo' }).click()
  await status(tab, 'Undone.')
  t.equal((await read()).disabled, false)
})

browserTest('A scope that the person does not hold can be removed, but not granted', async t => {
  const { app, tab, part, id, read } = await openCarol(t)
  await app.userAdmin.update(id, { scopes: ['me', 'orders'] }, {})
  await createUser(app, 'dave', ['me', 'users:read', 'users:write'])
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await logInOn(tab, 'dave')
  await part('Scopes').getByLabel('orders – your login lacks this scope').uncheck()
  t.equal(await part('Scopes').getByLabel('clients:read').count(), 0)
  await tab.getByRole('button', { name: 'Save the scopes' }).click()
  await status(tab, 'Saved the scopes of carol.')
  t.equal(await tab.getByRole('button', { name: 'Undo' }).count(), 0)
  t.equal(await part('Scopes').getByLabel('orders').count(), 0)
  t.strictSame((await read()).scopes, ['me'])
})

browserTest('An administrator removes the second factors, resets the password, and deletes the account', async t => {
  const { app, clock, part, tab, id, url, read } = await openCarol(t)
  await part('Second factors').getByText('The account has no second factor.').waitFor()
  await enrol({ app, clock }, { username: 'carol' })
  await tab.reload()
  await part('Second factors').getByText('Authenticator app').waitFor()
  await part('Second factors').getByText('10 recovery codes are left.').waitFor()
  await confirm({ tab }, 'Remove all second factors')
  await status(tab, 'Removed all second factors of carol.')
  t.equal((await read()).secondFactorAt, null)

  await tab.getByRole('button', { name: 'Reset the password' }).click()
  await tab.getByText('The server mails a link to choose a new password to carol@example.com.').waitFor()
  await tab.getByRole('dialog').getByRole('button', { name: 'Reset the password' }).click()
  await status(tab, 'The old password of carol no longer works')
  t.match((await read()).passwordHash, /^!/)

  await tab.getByRole('button', { name: 'Delete: carol' }).click()
  const typed = tab.getByLabel('To confirm, type the username carol')
  await typed.fill('bob')
  await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await tab.getByText('is not carol').waitFor()
  t.ok(await app.db.users.byId(id))
  await assertAccessible(t, tab, 'dialog')
  await typed.fill('carol')
  await tab.keyboard.press('Enter')
  await status(tab, 'Deleted the account carol.')
  t.equal(tab.url(), `${url}/console/accounts`)
  t.notOk(await app.db.users.byId(id))

  await tab.getByRole('link', { name: 'bob' }).click()
  await tab.getByRole('button', { name: 'Reset the password' }).click()
  const bob = await app.userAdmin.byIdOrName('bob')
  await tab.getByText(`with the command sallyport users set-password ${bob.id}`).waitFor()
})

browserTest('The last administrator stays one, and an unknown id has no account', async t => {
  const { app, tab, open } = await openConsole(t)
  const alice = await app.userAdmin.byIdOrName('alice')
  await open(`/accounts/${alice.id}`)
  await tab.getByText('This is your own account.').waitFor()
  const refusal = 'This is the last administrator. Grant users:write to another account first.'
  await confirm({ tab }, 'Disable')
  await alert(tab, refusal)
  await tab.keyboard.press('Escape')
  await tab.getByLabel('users:write').uncheck()
  await tab.getByRole('button', { name: 'Save the scopes' }).click()
  await alert(tab, refusal)
  t.notOk(await tab.getByLabel('users:write').isChecked(), 'the choice is not lost')
  t.strictSame((await app.userAdmin.byId(alice.id)).scopes, adminScopes)
  await tab.getByRole('main').getByRole('link', { name: 'My account' }).click()
  await tab.getByRole('heading', { name: 'My account', level: 1 }).waitFor()

  for (const id of ['01a219bf-0898-7136-9fe9-687324e164e3', 'forged']) {
    await open(`/accounts/${id}`)
    await tab.getByRole('heading', { name: 'No such account', level: 1 }).waitFor()
  }
  await tab.getByRole('link', { name: 'All accounts' }).click()
  await tab.getByText('2 entries').waitFor()
})

browserTest('An administrator corrects the names, and an address that the owner confirms', async t => {
  const { app, tab, open, part, read } = await openCarol(t)
  const correct = async (name: string, values: Record<string, string>) => {
    await tab.getByRole('button', { name: `Correct: ${name}` }).click()
    for (const [label, value] of Object.entries(values)) await tab.getByRole('dialog').getByLabel(label).fill(value)
    await tab.getByRole('dialog').getByRole('button', { name: 'Correct' }).click()
  }
  const names = () => part('Profile').locator('dt').allTextContents().then(String)
  t.equal(await names(), 'State,ID,E-mail address,Created,Last changed', 'no name of a fact without a value')
  await correct('carol', { Username: 'bob' })
  await tab.getByText('is taken').waitFor()
  await assertAccessible(t, tab, 'a correction')
  await tab.getByRole('dialog').getByLabel('Username').fill('carola')
  await tab.getByRole('dialog').getByLabel('Full name').fill('Carola Example')
  await tab.keyboard.press('Enter')
  await status(tab, 'Corrected carola.')
  await becomes(t, names, 'State,ID,Full name,E-mail address,Created,Last changed')
  t.match(await read(), { username: 'carola', fullName: 'Carola Example', email: 'carol@example.com' })
  await correct('carola', {})
  await status(tab, 'Nothing was changed.')

  await tab.getByRole('button', { name: 'Correct: carola' }).click()
  await tab.getByText('Until then the present one stays').waitFor()
  await tab.keyboard.press('Escape')
  await correct('carola', { 'E-mail address': 'carola@example.com', 'Full name': '' })
  await status(tab, 'Corrected carola. A message is on its way to carola@example.com.')
  await part('Profile').getByText('carola@example.com').waitFor()
  t.match(await read(), { fullName: null, email: 'carol@example.com', pendingEmail: 'carola@example.com' })

  const { id } = await app.users.register({ username: 'dave', email: 'dave@example.com' }, { actor: 'cli' })
  await open(`/accounts/${id}`)
  await tab.getByRole('button', { name: 'Correct: dave' }).click()
  await tab.getByText('The server sends the invitation to a new address.').waitFor()
})
