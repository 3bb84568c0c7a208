import type { Test } from 'tap'
import { callWith } from '../support/administrator.ts'
import { createUser, logIn } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { openConsole, status } from '../support/console.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'

const hostile = '<img src=x onerror=alert(1)>'

/** A server that accepts accounts of an issuer, of which carol has linked two. */
async function withCarol(t: Test) {
  const { setting, issuer, idToken } = await startIdentityProvider(t)
  const world = await openConsole(t, { settings: { identityProviders: [setting] } })
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

browserTest('An owner unlinks an account elsewhere', async t => {
  const { app, tab, open, part, id, issuer, linked } = await withCarol(t)
  await open('/account/security', 'carol')
  await part.getByText('link it there').waitFor()
  const row = part.getByRole('row', { name: 'carol@example.com' })
  await row.getByRole('rowheader', { name: issuer }).waitFor()
  await part.getByRole('cell', { name: hostile }).waitFor()
  await row.getByRole('button', { name: 'Unlink: carol@example.com' }).click()
  await tab.getByText('It no longer signs you in. Your other logins end.').waitFor()
  await assertAccessible(t, tab, 'dialog of the owner')
  await tab.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click()
  await status(tab, 'The account elsewhere is unlinked.')
  await row.waitFor({ state: 'detached' })
  t.strictSame(await linked(), [hostile])
  t.equal((await app.sessions.ofUser(id)).length, 1, 'the login of the console continues')
})

browserTest('An administrator unlinks accounts elsewhere, unless the login may only read', async t => {
  const { app, tab, open, part, id, linked } = await withCarol(t)
  await open(`/accounts/${id}`, 'reader')
  await part.getByRole('cell', { name: 'carol@example.com', exact: true }).waitFor()
  await becomes(t, () => part.locator('button:not([aria-expanded])').count(), 0)
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await open(`/accounts/${id}`)
  await part.getByRole('cell', { name: 'carol@example.com', exact: true }).waitFor()
  await assertAccessible(t, tab, 'account')
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

browserTest('Accounts elsewhere are a section where the server has issuers, and not where it has none', async t => {
  const { open, part } = await withCarol(t)
  await open('/account/security', 'bob')
  await part.getByText('No account elsewhere is linked.').waitFor()

  const plain = await openConsole(t)
  await plain.open('/account/security', 'bob')
  await plain.isSettled()
  await becomes(t, () => plain.tab.getByRole('heading', { name: 'Accounts elsewhere' }).count(), 0)
})
