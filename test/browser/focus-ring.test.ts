import type { Page } from 'playwright-core'
import { browserTest } from '../support/browser.ts'
import { logInOn, openConsole } from '../support/console.ts'
import { enrol } from '../support/second-factor.ts'

/**
 * The texts of the page that the focus ring of a control in a form or dialog covers, with the control; each control is
 * focused in turn.
 */
const covered = (page: Page) =>
  page.evaluate(`(() => {
    const ring = 3 + 2
    const shown = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body
    const texts = []
    const walker = document.createTreeWalker(shown, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const node = walker.currentNode
      const parent = node.parentElement
      if (!node.data.trim() || parent.closest('option, .visually-hidden, .skip') || !parent.checkVisibility()) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const rect of range.getClientRects()) texts.push([parent, rect, node.data])
    }
    const found = []
    for (const control of shown.querySelectorAll(':is(form, dialog, .card) :is(input, select, textarea, button, a)')) {
      if (!control.checkVisibility()) continue
      const box = control.getBoundingClientRect()
      for (const [parent, rect, text] of texts)
        if (
          !control.contains(parent) &&
          rect.left < box.right + ring && rect.right > box.left - ring &&
          rect.top < box.bottom + ring && rect.bottom > box.top - ring
        ) found.push((control.name || control.textContent) + ' covers ' + text)
    }
    return [...new Set(found)]
  })()`)

const style = (page: Page) =>
  page.evaluate(`(() => {
    const { outlineWidth, outlineOffset } = getComputedStyle(document.activeElement)
    return [outlineWidth, outlineOffset]
  })()`)

browserTest('A focus ring covers no text of a form, on a computer and a phone', async t => {
  const world = await openConsole(t, { hasPasskeys: true, settings: { emailCodes: 'on' } })
  const { app, tab, url } = world
  const clear = async (what: string) => {
    for (const width of [390, 1280]) {
      await tab.setViewportSize({ width, height: 900 })
      t.strictSame(await covered(tab), [], `${what} at ${width} pixels`)
    }
  }
  const send = (name: string) => tab.getByRole('button', { name, exact: true }).first().click()

  await tab.goto(`${url}/console/`)
  await tab.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
  t.strictSame(await style(tab), ['3px', '2px'], 'the ring that is measured')
  await clear('sign in')
  await logInOn(tab, 'alice', 'a wrong password')
  await tab.getByText('The username or the password is wrong.').waitFor()
  await clear('sign in, refused')
  await tab.goto(`${url}/console/forgotten`)
  await tab.getByRole('button', { name: 'Send the link' }).waitFor()
  await clear('forgotten')
  await tab.goto('about:blank')
  await tab.goto(`${url}/console/#setup=0123456789`)
  await tab.getByText('at least 15 characters').waitFor()
  await clear('set-up')
  await tab.getByLabel('Password', { exact: true }).fill('short')
  await clear('set-up, refused')

  const bob = await app.userAdmin.byIdOrName('bob')
  const { client } = await app.clientAdmin.create({
    name: 'web',
    confidential: true,
    grants: ['client_credentials'],
    scopes: ['me']
  })
  await world.open('/account')
  for (const [path, ready] of [
    ['/account', 'Save the name'],
    ['/account/password', 'Change the password'],
    ['/account/security', 'Add a passkey'],
    ['/account/tokens', 'Create a token'],
    ['/accounts', 'Search'],
    ['/accounts/new', 'Create'],
    ['/accounts/invite', 'Send the invitation'],
    [`/accounts/${bob.id}`, 'Save the scopes'],
    ['/clients/new', 'Register'],
    [`/clients/${client.id}/edit`, 'Save'],
    ['/audit?range=own', 'Show the events']
  ] as const) {
    await tab.goto(`${url}/console${path}`)
    if (path.startsWith('/audit')) await tab.locator('summary').first().click()
    await tab.getByRole('button', { name: ready }).first().waitFor()
    await clear(path)
  }
  await tab.goto(`${url}/console/accounts/new`)
  await tab.getByLabel('Username').fill('bob')
  await tab.getByLabel('Password', { exact: true }).fill('long enough, but bob chose it')
  await send('Create')
  await tab.locator('.fault', { hasText: 'is' }).first().waitFor()
  await clear('a new account, refused')

  await tab.goto(`${url}/console/clients/${client.id}`)
  await send('Delete')
  await tab.getByRole('dialog').waitFor()
  await clear('a dialog')

  const { username } = bob
  await enrol(world, { username })
  await tab.goto(`${url}/console/`)
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await logInOn(tab, username)
  await tab.getByRole('dialog', { name: 'Confirm that it is you' }).waitFor()
  await clear('a code')
})
