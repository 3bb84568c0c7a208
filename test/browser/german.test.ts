import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { createVerifiedUser, password, postForm } from '../support/app.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { alert, openConsole } from '../support/console.ts'

const shown = (tab: Page, name: string) => tab.getByRole('heading', { name, level: 1 }).waitFor()

/** Signs in to the console in German. */
async function signIn(tab: Page, username = 'alice', given = password) {
  await tab.getByLabel('Benutzername oder E-Mail-Adresse').fill(username)
  await tab.getByLabel('Passwort', { exact: true }).fill(given)
  await tab.getByRole('button', { name: 'Anmelden', exact: true }).click()
}

/** Every text of the page, and of its attributes for screen readers; without what the server says in English. */
const everyText = `[document.title, ...[...document.body.querySelectorAll('*')].flatMap(element =>
  element.closest('.findings, pre, code') ? [] : [
    ...[...element.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ data }) => data),
    ...['aria-label', 'title', 'placeholder', 'alt'].map(name => element.getAttribute(name) ?? '')
  ])]`
/** The parts of the page whose content is wider than they are. */
const tooWide = `[...document.querySelectorAll('html, main section, main .table, main td')]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
  .map(({ tagName, textContent }) => tagName + ': ' + textContent)`
const english =
  /\b(the|and|your|you|sign|signed|save|show|delete|change|loading|search|add|remove|account|accounts|login|logins|password|created|last|used|time|yes|events?|none|never|ago|on|by)\b/i

/** Holds the page to its language, and to its width on a computer and a phone. */
async function holdsUp(t: Test, tab: Page, path: string) {
  await tab.getByText('Wird geladen …').first().waitFor({ state: 'detached' })
  const texts = (await tab.evaluate(everyText)) as string[]
  t.strictSame(
    texts.filter(text => english.test(text)),
    [],
    `${path} is in German`
  )
  for (const width of [390, 1280]) {
    await tab.setViewportSize({ width, height: 850 })
    t.strictSame(await tab.evaluate(tooWide), [], `${path} fits ${width} pixels`)
  }
}

browserTest('Every page is in German, and fits its width on a computer and a phone', async t => {
  const context = { locale: 'de-DE' }
  const { app, tab, url, context: windows } = await openConsole(t, { hasPasskeys: true, context })
  const { id } = await createVerifiedUser(app, 'carol')
  const { client } = await app.clientAdmin.create({
    name: 'Werkstatt',
    confidential: true,
    grants: ['client_credentials'],
    scopes: ['introspect']
  })
  const { webhook } = await app.webhooks.create({ url: 'https://crm.example.com/', events: ['user.*'] })

  const login = await postForm(app, '/token', { grant_type: 'password', username: 'carol', password })
  const ended = app.auditEvents.event('session.ended', { subject: id, detail: { session: app.clock.newId() } })
  const refused = app.auditEvents.event('throttle.refused', { subject: id, ip: '192.0.2.7' })
  await app.db.audit.record(ended)
  for (const counter of ['known', 'introspection'])
    await app.db.audit.record({ ...refused, detail: { counter, seconds: 60 } })
  t.equal(login.statusCode, 200)

  const guest = await windows.newPage()
  await guest.goto(`${url}/console/#setup=0123456789`)
  await shown(guest, 'Das erste Administrationskonto anlegen')
  await holdsUp(t, guest, 'set-up')
  await guest.close()

  await tab.goto(`${url}/console/`)
  await shown(tab, 'Anmelden')
  await becomes(t, () => tab.locator('html').getAttribute('lang'), 'de')
  await holdsUp(t, tab, 'the form to sign in')
  await signIn(tab, 'alice', 'a wrong password')
  await alert(tab, 'Der Benutzername oder das Passwort ist falsch.')
  await signIn(tab)
  await shown(tab, 'Übersicht')

  for (const [path, heading] of [
    ['/overview', 'Übersicht'],
    ['/search?q=a', 'Suche: a'],
    [`/clients/${client.id}`, 'Werkstatt'],
    ['/accounts', 'Konten'],
    ['/accounts/new', 'Konto anlegen'],
    ['/accounts/invite', 'Person einladen'],
    [`/accounts/${id}`, 'carol'],
    ['/clients', 'Clients'],
    ['/clients/new', 'Client registrieren'],
    ['/audit', 'Audit-Protokoll'],
    ['/keys', 'Schlüssel'],
    ['/webhooks', 'Webhooks'],
    ['/webhooks/new', 'Webhook anlegen'],
    [`/webhooks/${webhook.id}`, 'crm.example.com'],
    ['/account', 'Mein Konto: Profil'],
    ['/account/password', 'Mein Konto: Passwort'],
    ['/account/security', 'Mein Konto: Sicherheit'],
    ['/account/tokens', 'Mein Konto: Persönliche Zugriffstoken'],
    ['/account/logins', 'Mein Konto: Anmeldungen'],
    ['/account/activity', 'Mein Konto: Aktivität'],
    ['/nowhere', 'Seite nicht gefunden']
  ] as const) {
    await tab.evaluate(`history.pushState(null, '', '/console${path}')`)
    await shown(tab, heading)
    await holdsUp(t, tab, path)
  }

  await tab.evaluate(`history.pushState(null, '', '/console/audit')`)
  for (const name of [/^Nach zu vielen Versuchen abgelehnt: fehlgeschlagene Anmeldungen/, 'Anmeldung beendet']) {
    await tab.getByRole('button', { name }).click()
    const dialog = tab.getByRole('dialog', { name })
    await dialog.getByText('Genaue Zeit').waitFor()
    await holdsUp(t, tab, 'an event')
    if (name === 'Anmeldung beendet') await dialog.getByRole('button', { name: /^Anmeldung vom / }).waitFor()
    await dialog.getByRole('button', { name: 'Schließen' }).click()
  }
})

browserTest('A person chooses the language, also that of mails, which stays when the server is away', async t => {
  const { app, tab, url, context } = await openConsole(t, { context: { locale: 'de-DE' } })
  const locale = async () => (await app.userAdmin.byIdOrName('bob')).locale
  await tab.goto(`${url}/console/`)
  await signIn(tab, 'bob')
  await shown(tab, 'Mein Konto: Profil')
  await tab.getByLabel('Sprache dieser Konsole').selectOption('English')
  await tab.getByRole('button', { name: 'Sprache speichern' }).click()
  await tab.getByLabel('Language of this console').waitFor()
  t.equal(await locale(), 'en')

  await context.setOffline(true)
  await tab.getByLabel('Language of this console').selectOption('Deutsch')
  await tab.getByRole('button', { name: 'Save the language' }).click()
  await alert(tab, 'Cannot reach the server.')
  await becomes(t, () => tab.getByLabel('Language of this console').inputValue(), 'de')
  await context.setOffline(false)
  await tab.reload()
  await becomes(t, () => tab.locator('html').getAttribute('lang'), 'en')

  await tab.getByLabel('Language of this console').selectOption('As the browser')
  await tab.getByRole('button', { name: 'Save the language' }).click()
  await tab.locator('html[lang=de]').waitFor()
  t.equal(await locale(), null)
})
