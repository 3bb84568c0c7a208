import t from 'tap'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { alert, openConsole, signIn } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

t.test('signs in, and says what went wrong', { skip }, async t => {
  const { tab, url } = await openConsole(t, browser())
  await tab.goto(`${url}/console/`)
  await signIn(tab, 'alice', 'a wrong password')
  await alert(tab, 'The username or the password is wrong.')
  t.equal(await tab.getByLabel('Username or e-mail address').inputValue(), 'alice', 'nothing typed is lost')
  await signIn(tab, 'alice')
  await tab.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  t.equal(new URL(tab.url()).pathname, '/console/overview')
})
