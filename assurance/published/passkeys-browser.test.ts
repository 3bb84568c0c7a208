import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { createUser, password } from '../../test/support/app.ts'
import { addVirtualAuthenticator, skipWithoutBrowser, useBrowser } from '../../test/support/browser.ts'
import { startServer } from '../../test/support/server.ts'
import { startSite } from '../../test/support/site.ts'

const skip = skipWithoutBrowser
const browser = useBrowser()

/** A page that knows `sallyport/client` and the API. `change` replaces options that the server has sent. */
const html = `<!doctype html><title>A page</title><script type="module">
  import { createClient, createPasskey, getPasskey, webStorage } from '/client.js'
  const server = new URLSearchParams(location.search).get('server')
  const client = createClient({ url: server, storage: webStorage(localStorage) })
  async function call(path, body) {
    const init = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return await (await client.fetch(server + path, { method: 'POST', ...init })).json()
  }
  const amr = () => {
    const [{ accessToken }] = Object.values(localStorage).map(JSON.parse)
    return JSON.parse(atob(accessToken.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).amr
  }
  const outcome = login => login.then(
    ({ username }) => ({ username, amr: amr() }),
    ({ error, name, message }) => ({ error: error ?? name, message })
  )
  Object.assign(window, {
    async register(username, change) {
      await client.signIn({ username, password: '${password}' })
      const options = await call('/users/me/passkeys/options')
      const response = await createPasskey({ ...options, ...change })
      const added = await call('/users/me/passkeys', { name: 'Laptop', response })
      await client.signOut()
      return added
    },
    alone: change => outcome(client.signIn({ passkey: options => getPasskey({ ...options, ...change }) })),
    afterPassword: (username, change) => outcome(client.signIn({
      username,
      password: '${password}',
      secondFactor: async ({ passkey, refused }) =>
        refused ? undefined : { passkey: await getPasskey({ ...passkey, ...change }) }
    }))
  })
</script>`

let script: string
t.before(async () => {
  const bundle = await build({ entryPoints: ['src/client.ts'], bundle: true, format: 'esm', write: false })
  script = String(bundle.outputFiles[0]?.text)
})

interface Outcome {
  username?: string
  amr?: string[]
  error?: string
  message?: string
}

interface Added {
  passkey?: object
  recovery_codes?: string[]
  detail?: string
}

/**
 * A server with passkeys of localhost, the accounts alice and bob, and a page with a virtual authenticator. Pages of
 * `site`, of `sibling` and of `below`, a subdomain, may use the passkeys; a page of `stranger` may only send requests.
 */
async function createWorld(t: Test, { synced = false } = {}) {
  const start = async (host: string) => {
    const url = await startSite(t, ({ url }, response) => {
      const [type, body] = url === '/client.js' ? ['text/javascript', script] : ['text/html', html]
      response.setHeader('content-type', type).end(body)
    })
    return url.replace('127.0.0.1', host)
  }
  const [site, sibling, stranger] = [await start('localhost'), await start('localhost'), await start('localhost')]
  const below = await start('app.localhost')
  const rpOrigins = [site, sibling, below]
  const server = await startServer(t, { rpId: 'localhost', rpOrigins, corsOrigins: [...rpOrigins, stranger] })
  for (const name of ['alice', 'bob']) await createUser(server.app, name)
  const context = await browser().newContext()
  t.teardown(() => context.close())
  const tab = await context.newPage()
  const { devtools, authenticatorId } = await addVirtualAuthenticator(tab, {
    defaultBackupEligibility: synced,
    defaultBackupState: synced
  })
  const go = async (origin: string) => {
    await tab.goto(`${origin}/?server=${server.url}`)
    await tab.waitForFunction('window.alone')
  }
  await go(site)
  return { ...server, site, sibling, stranger, below, tab, go, devtools, authenticatorId }
}

const register = (tab: Page, username = 'alice', change = {}) =>
  tab.evaluate(`register('${username}', ${JSON.stringify(change)})`) as Promise<Added>
const alone = (tab: Page, change = {}) => tab.evaluate(`alone(${JSON.stringify(change)})`) as Promise<Outcome>
const afterPassword = (tab: Page, change = {}, username = 'alice') =>
  tab.evaluate(`afterPassword('${username}', ${JSON.stringify(change)})`) as Promise<Outcome>

const refused = { error: 'insufficient_authorization', message: /^The passkey was refused/ }
const verified = { username: 'alice', amr: ['hwk', 'user', 'mfa'] }
const unverified = { userVerification: 'discouraged' }

for (const synced of [false, true])
  t.test(`a page adds a ${synced ? 'synced' : 'single'} passkey, and logs in with it`, { skip }, async t => {
    const { tab } = await createWorld(t, { synced })
    const added = await register(tab)
    t.match(added, { passkey: { name: 'Laptop', synced, backed_up: synced, transports: ['internal'] } })
    t.equal(added.recovery_codes?.length, 10)
    const key = synced ? 'swk' : 'hwk'
    t.strictSame(await alone(tab), { username: 'alice', amr: [key, 'user', 'mfa'] })
    t.strictSame(await afterPassword(tab), { username: 'alice', amr: ['pwd', key, 'user', 'mfa'] })
  })

t.test('a passkey that does not verify its user logs in only after the password', { skip }, async t => {
  const { tab, devtools, authenticatorId } = await createWorld(t)
  await register(tab)
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  t.match(await alone(tab), { error: 'NotAllowedError' }, 'the browser refuses what the server asks for')
  t.match(await alone(tab, unverified), refused, 'and the server refuses what the page asks for')
  t.strictSame(await afterPassword(tab, unverified), { username: 'alice', amr: ['pwd', 'hwk', 'mfa'] })
})

t.test('a wrong signature and an absent user are refused (WebAuthn L3 §7.1, §7.2)', { skip }, async t => {
  const { tab, devtools, authenticatorId } = await createWorld(t)
  const faulty = (bits: object) => devtools.send('WebAuthn.setResponseOverrideBits', { authenticatorId, ...bits })
  await faulty({ isBadUP: true })
  t.match(await register(tab), { detail: /authenticator data/ })
  await faulty({})
  await register(tab)
  for (const bits of [{ isBogusSignature: true }, { isBadUP: true }]) {
    await faulty(bits)
    t.match(await alone(tab), refused, JSON.stringify(bits))
    t.match(await afterPassword(tab), refused, `${JSON.stringify(bits)} after the password`)
  }
  await faulty({ isBadUV: true })
  t.match(await alone(tab), refused, 'the user is not verified')
  t.match(await afterPassword(tab), { username: 'alice' })
  await faulty({})
  t.strictSame(await alone(tab), verified)
})

t.test('only pages of RP_ORIGINS add and use passkeys (WebAuthn L3 §7.1, §7.2)', { skip }, async t => {
  const { tab, go, site, sibling, stranger } = await createWorld(t)
  await go(stranger)
  t.match(await register(tab), { detail: /origin may not use/ })
  await go(site)
  t.match(await register(tab), { passkey: {} })
  await go(stranger)
  t.match(await alone(tab), refused)
  t.match(await afterPassword(tab), refused)
  await go(sibling)
  t.strictSame(await alone(tab), verified)
})

t.test('a page in a frame of another origin uses no passkeys (WebAuthn L3 §7.2 step 13)', { skip }, async t => {
  const { tab, url, go, site, stranger } = await createWorld(t)
  await register(tab)
  const embed = async (origin: string) => {
    await go(origin)
    await tab.evaluate(`document.body.append(Object.assign(document.createElement('iframe'), {
      allow: 'publickey-credentials-get *',
      src: '${site}/?server=${url}'
    }))`)
    const frame = await (await tab.waitForSelector('iframe')).contentFrame()
    await frame?.waitForFunction('window.alone')
    return (await frame?.evaluate('alone({})')) as Outcome
  }
  t.match(await embed(stranger), refused)
  t.strictSame(await embed(site), verified)
})

t.test('a passkey of another RP ID is refused (WebAuthn L3 §7.1 step 14, §7.2 step 15)', { skip }, async t => {
  const { tab, go, below, devtools, authenticatorId } = await createWorld(t)
  await t.rejects(register(tab, 'alice', { rp: { id: 'example.com', name: 'x' } }), /SecurityError/)
  await register(tab)
  const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId })
  await go(below)
  const rpId = 'app.localhost'
  t.match(await register(tab, 'bob', { rp: { id: rpId, name: rpId } }), { detail: /not valid/ })
  await devtools.send('WebAuthn.clearCredentials', { authenticatorId })
  for (const credential of credentials)
    await devtools.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, rpId } })
  t.match(await alone(tab, { rpId }), refused, 'the right key signs for another RP ID')
})

t.test('a passkey does not continue the login of another account', { skip }, async t => {
  const { tab, devtools, authenticatorId } = await createWorld(t)
  await register(tab, 'alice')
  await devtools.send('WebAuthn.clearCredentials', { authenticatorId })
  await register(tab, 'bob')
  t.match(await afterPassword(tab, {}, 'alice'), refused, 'the password is of alice, the passkey of bob')
  t.match(await afterPassword(tab, {}, 'bob'), { username: 'bob' })
})
