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
    async register() {
      await client.signIn({ username: 'alice', password: '${password}' })
      const response = await createPasskey(await call('/users/me/passkeys/options'))
      const added = await call('/users/me/passkeys', { name: 'Laptop', response })
      await client.signOut()
      return added
    },
    alone: change => outcome(client.signIn({ passkey: options => getPasskey({ ...options, ...change }) })),
    afterPassword: change => outcome(client.signIn({
      username: 'alice',
      password: '${password}',
      secondFactor: async ({ passkey, refused }) =>
        refused ? undefined : { passkey: await getPasskey({ ...passkey, ...change }) }
    }))
  })
</script>`

let script: string
t.before(async () => {
  const bundle = await build({
    entryPoints: ['packages/client/src/index.ts'],
    bundle: true,
    format: 'esm',
    write: false
  })
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
}

/**
 * A server with passkeys of localhost, the account alice, and a page with a virtual authenticator. Pages of `site` may
 * use the passkeys; a page of `stranger` may only send requests.
 */
async function createWorld(t: Test, { synced = false } = {}) {
  const start = async (host: string) => {
    const url = await startSite(t, ({ url }, response) => {
      const [type, body] = url === '/client.js' ? ['text/javascript', script] : ['text/html', html]
      response.setHeader('content-type', type).end(body)
    })
    return url.replace('127.0.0.1', host)
  }
  const [site, stranger] = [await start('localhost'), await start('localhost')]
  const server = await startServer(t, { rpId: 'localhost', rpOrigins: [site], corsOrigins: [site, stranger] })
  await createUser(server.app)
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
  return { ...server, site, stranger, tab, go, devtools, authenticatorId }
}

const register = (tab: Page) => tab.evaluate('register()') as Promise<Added>
const alone = (tab: Page, change = {}) => tab.evaluate(`alone(${JSON.stringify(change)})`) as Promise<Outcome>
const afterPassword = (tab: Page, change = {}) =>
  tab.evaluate(`afterPassword(${JSON.stringify(change)})`) as Promise<Outcome>

const refused = { error: 'insufficient_authorization', message: /^The passkey was refused/ }
const verified = { username: 'alice', amr: ['hwk', 'user', 'mfa'] }
const unverified = { userVerification: 'discouraged' }

/** Makes a browser one that is older than these methods. */
const withoutJsonMethods = `
  delete PublicKeyCredential.parseRequestOptionsFromJSON
  delete PublicKeyCredential.parseCreationOptionsFromJSON
  delete PublicKeyCredential.prototype.toJSON
`

for (const [synced, what] of [
  [false, 'single passkey'],
  [true, 'synced passkey without the JSON methods of the browser (WebAuthn Level 3 §5.1)']
] as const)
  t.test(`A page adds and logs in with a ${what}`, { skip }, async t => {
    const { tab } = await createWorld(t, { synced })
    if (synced) await tab.evaluate(withoutJsonMethods)
    t.equal(await tab.evaluate('typeof PublicKeyCredential.prototype.toJSON'), synced ? 'undefined' : 'function')
    const added = await register(tab)
    t.match(added, { passkey: { name: 'Laptop', synced, backed_up: synced, transports: ['internal'] } })
    t.equal(added.recovery_codes?.length, 10)
    const key = synced ? 'swk' : 'hwk'
    t.strictSame(await alone(tab), { username: 'alice', amr: [key, 'user', 'mfa'] })
    t.strictSame(await afterPassword(tab), { username: 'alice', amr: ['pwd', key, 'user', 'mfa'] })
  })

t.test('A passkey that does not verify its user logs in only after the password', { skip }, async t => {
  const { tab, devtools, authenticatorId } = await createWorld(t)
  await register(tab)
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  t.match(await alone(tab), { error: 'NotAllowedError' }, 'the browser refuses what the server asks for')
  t.match(await alone(tab, unverified), refused, 'and the server refuses what the page asks for')
  t.strictSame(await afterPassword(tab, unverified), { username: 'alice', amr: ['pwd', 'hwk', 'mfa'] })
})

t.test('A page in a frame of another origin uses no passkeys (WebAuthn L3 §7.2 step 13)', { skip }, async t => {
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
