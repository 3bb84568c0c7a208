import t from 'tap'
import { bearer, logIn, password } from '../support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { logInOn, openConsole, status } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const next = 'purple monkey dishwasher lamp'

t.test('changes the password, and ends every other login', { skip }, async t => {
  const { app, tab, url } = await openConsole(t, browser())
  const { access_token } = await logIn(app, { username: 'bob' })
  await tab.goto(`${url}/.well-known/change-password`)
  await logInOn(tab, 'bob')
  await tab.getByRole('heading', { name: 'My account: Password' }).waitFor()
  const change = tab.getByRole('button', { name: 'Change the password' })
  const [current, fresh] = [tab.getByLabel('Current password'), tab.getByLabel('New password', { exact: true })]

  await current.fill('a wrong password')
  await fresh.fill('bobs new pass')
  await tab.getByText('has at least 15 characters').waitFor()
  await change.click()
  await tab.getByText('is shorter than 15 characters').waitFor()
  await fresh.fill(next)
  await tab.getByText('has at least 15 characters (met)').waitFor()
  await change.click()
  await tab.getByText('is wrong').waitFor()
  t.equal(await fresh.inputValue(), next, 'nothing typed is lost')
  await current.fill(password)
  await change.click()
  await status(tab, 'The password is changed. Your other logins have ended.')
  t.equal(await fresh.inputValue(), '')

  const answer = await app.inject({ url: '/users/me', headers: bearer(access_token) })
  t.equal(answer.statusCode, 401, 'another login has ended')
  await tab.getByRole('link', { name: 'Logins' }).click()
  await tab.getByText('This login').waitFor()
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await logInOn(tab, 'bob', next)
  await tab.getByText('Signed in as bob').waitFor()
})

t.test('a login that has ended is begun again, and the typed text is kept', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser())
  await open('/account/password', 'bob')
  await tab.getByLabel('Current password').fill(password)
  await tab.getByLabel('New password', { exact: true }).fill(next)
  await app.sessions.endAll((await app.userAdmin.byIdOrName('bob')).id)
  await tab.getByRole('button', { name: 'Change the password' }).click()
  await tab.getByRole('dialog', { name: 'Sign in again' }).waitFor()
  await logInOn(tab, 'bob')
  await tab.getByText('Your login has ended. Sign in again.').waitFor()
  await tab.getByRole('button', { name: 'Change the password' }).click()
  await status(tab, 'The password is changed.')
})
