import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { password, postForm } from '../support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../support/browser.ts'
import { openConsole, status } from '../support/console.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Logs bob in from another device. */
const logInOnDevice = (app: FastifyInstance, device: string) =>
  postForm(app, '/token', { grant_type: 'password', username: 'bob', password }, { 'user-agent': device })

t.test('lists the logins in words, ends one, and ends all others', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser(), { context: { userAgent } })
  const { id } = await app.userAdmin.byIdOrName('bob')
  const injected = '<img src=x onerror="alert(1)">'
  for (const device of [injected, 'curl/8.14.1', 'another']) await logInOnDevice(app, device)
  await open('/account/logins', 'bob')
  const own = tab.getByRole('row', { name: 'Firefox on Linux' })
  await own.getByText('This login').waitFor()
  t.equal(await own.getByRole('button', { name: /^End/ }).count(), 0)
  await tab.getByRole('rowheader', { name: '<img', exact: true }).getByRole('button').click()
  await tab.getByRole('rowheader', { name: injected }).waitFor()

  await tab.getByRole('button', { name: 'End the login curl, ' }).click()
  await tab.getByText('You are signed out on that device.').waitFor()
  await tab.getByRole('dialog').getByRole('button', { name: 'End' }).click()
  await status(tab, 'The login has ended.')
  await tab.getByRole('rowheader', { name: 'curl', exact: true }).waitFor({ state: 'detached' })
  t.equal((await app.sessions.ofUser(id)).length, 3)

  await tab.getByRole('button', { name: 'End all other logins' }).click()
  await tab.getByRole('dialog').getByRole('button', { name: 'End all other logins' }).click()
  await status(tab, 'All other logins have ended.')
  await tab.getByRole('button', { name: 'End all other logins' }).waitFor({ state: 'detached' })
  t.strictSame(
    (await app.sessions.ofUser(id)).map(({ userAgent }) => userAgent),
    [userAgent]
  )
})

t.test('says that a login has ended already', { skip }, async t => {
  const { app, tab, open } = await openConsole(t, browser(), { context: { userAgent } })
  const { id } = await app.userAdmin.byIdOrName('bob')
  await logInOnDevice(app, 'curl/8.14.1')
  await open('/account/logins', 'bob')
  await tab.getByRole('button', { name: 'End the login curl, ' }).click()
  const other = (await app.sessions.ofUser(id)).find(({ userAgent }) => userAgent === 'curl/8.14.1')
  await app.sessions.endOne(id, String(other?.id), {})
  await tab.getByRole('dialog').getByRole('button', { name: 'End' }).click()
  await tab.getByRole('dialog').getByRole('alert').filter({ hasText: 'no session' }).waitFor()
})
