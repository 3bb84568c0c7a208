import { createUser, password } from '../support/app.ts'
import { assertAccessible } from '../support/axe.ts'
import { becomes, browserTest } from '../support/browser.ts'
import { openConsole } from '../support/console.ts'
import { recordMany } from '../support/store.ts'

const web = { confidential: false, grants: ['password' as const], scopes: ['me'] }

browserTest('The search finds accounts, clients and logins', async t => {
  const { app, config, tab, url, open } = await openConsole(t)
  const { id } = await app.users.register({ username: 'carol', password, email: 'dave@example.com' }, {})
  const { client } = await app.clientAdmin.create({ name: 'The Bob shop', ...web })
  const gone = await createUser(app, 'erin')
  await app.userAdmin.remove(gone, {})
  await open('/overview')
  // The page of one event ends before the login, whose id says when it was.
  const { items } = await app.audit.page({ action: 'login.succeeded', limit: 1 })
  const session = String((items[0]?.detail as { session?: string } | undefined)?.session)
  await recordMany(config.databaseUrl, 12_000)

  const field = tab.getByRole('combobox', { name: 'Search' })
  const search = async (text: string) => {
    await tab.keyboard.press('/')
    await tab.locator('input[type=search]:focus').waitFor()
    await field.fill(text)
    await tab.keyboard.press('Enter')
  }
  for (const text of ['CAR', 'dave@', id, id.toUpperCase()]) {
    await search(text)
    await tab.getByRole('heading', { name: 'carol', level: 1 }).waitFor()
    t.equal(tab.url(), `${url}/console/accounts/${id}`, text)
    await tab.goBack()
    await tab.locator('h1:focus', { hasText: 'Overview' }).waitFor()
  }
  for (const text of ['shop', client.id, client.id.toUpperCase()]) {
    await search(text)
    await tab.getByRole('heading', { name: 'The Bob shop', level: 1 }).waitFor()
  }
  await search(session)
  await tab.getByRole('heading', { name: 'Audit trail', level: 1 }).waitFor()
  await tab.getByText('1 entry').waitFor()
  await becomes(t, () => tab.getByLabel('Login', { exact: true }).inputValue(), session)
  await search(gone.id)
  await tab.getByText('2 entries').waitFor()

  await field.fill('dave@')
  await tab.locator('datalist option[value=carol][label="dave@example.com"]').waitFor({ state: 'attached' })
  // As browsers tell that an option was chosen.
  await field.evaluate(it => {
    const input = it as unknown as EventTarget & { value: string }
    input.value = 'carol'
    input.dispatchEvent(new Event('input', { bubbles: true }))
  })
  await tab.getByRole('heading', { name: 'carol', level: 1 }).waitFor()
  await search('bob')
  await tab.getByRole('heading', { name: 'Search: bob' }).waitFor()
  t.equal(tab.url(), `${url}/console/search?q=bob`)
  await tab.reload()
  await tab.getByRole('link', { name: 'The Bob shop' }).waitFor()
  await assertAccessible(t, tab, 'results')
  await tab.getByRole('link', { name: 'bob', exact: true }).press('Enter')
  await tab.getByRole('heading', { name: 'bob', level: 1 }).waitFor()

  // Ids of requests, and texts that no account, client or login has.
  for (const text of [
    '0b3b44d1-6e9f-4bb6-9a33-2d6b8b9f6a10',
    'ffffffff-ffff-7fff-bfff-ffffffffffff',
    '\0',
    'a'.repeat(255)
  ]) {
    await tab.goto(`${url}/console/search?q=${encodeURIComponent(text)}`)
    await tab.getByText('Nothing found.').waitFor()
  }
})

browserTest('The key of the search types a slash in a field, and does nothing under a dialog', async t => {
  const { tab, open } = await openConsole(t)
  await open('/accounts')
  const q = tab.getByLabel('Username or e-mail address begins with')
  await q.press('/')
  await becomes(t, () => q.inputValue(), '/')
  await tab.goto(`${new URL(tab.url()).origin}/console/audit`)
  await tab.getByRole('button', { name: 'Signed in' }).click()
  await tab.getByRole('dialog').waitFor()
  await tab.keyboard.press('/')
  t.equal(await tab.locator('input[type=search]:focus').count(), 0)
})

browserTest('The search shows no more than 20 results of a kind, after a bounded number of requests', async t => {
  const { app, tab, url, open } = await openConsole(t)
  for (let n = 10; n < 40; n++) await createUser(app, `user${n}`)
  const reads = { users: 0, clients: 0 }
  await tab.route(/\/(users|clients)\?/, route => {
    const isClients = route.request().url().includes('clients')
    reads[isClients ? 'clients' : 'users']++
    return isClients ? route.fulfill({ json: { items: [], next_cursor: 'more' } }) : route.continue()
  })
  await open('/account')
  await tab.goto(`${url}/console/search?q=user`)
  await tab.getByText('There are more results. Search for a longer text.').waitFor()
  await becomes(t, () => tab.locator('main li').count(), 20)
  t.equal(reads.clients, 5)
  t.ok(reads.users <= 5, `${reads.users} requests for accounts`)
})

browserTest('The search looks only for what the login may read, and is not there without any of it', async t => {
  const { app, tab, url, open } = await openConsole(t)
  await createUser(app, 'clara', ['me', 'clients:read'])
  await app.clientAdmin.create({ name: 'The Bob shop', ...web })
  const paths: string[] = []
  tab.on('request', request => paths.push(new URL(request.url()).pathname))
  await open('/account', 'clara')
  await tab.getByRole('combobox', { name: 'Search' }).fill('bob')
  await tab.keyboard.press('Enter')
  await tab.getByRole('heading', { name: 'The Bob shop', level: 1 }).waitFor()
  t.strictSame(
    paths.filter(path => ['/users', '/audit'].includes(path)),
    []
  )
  await tab.getByRole('button', { name: 'Sign out' }).click()
  await open('/account', 'bob')
  t.equal(await tab.getByRole('combobox', { name: 'Search' }).count(), 0)
  await tab.goto(`${url}/console/search?q=bob`)
  await tab.getByText('Nothing found.').waitFor()
})
