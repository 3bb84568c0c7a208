import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from '@sallyport/client'
import t from 'tap'
import { enrolAlice } from '../../packages/client/test/support/client-second-factor.ts'
import { createClientWorld } from '../../packages/client/test/support/client-world.ts'
import { installPasskeyBrowser } from '../../packages/client/test/support/passkey-browser.ts'
import { createUser, createVerifiedUser, password } from '../../test/support/app.ts'
import { createAuthenticator } from '../../test/support/authenticator.ts'
import { codeIn } from '../../test/support/email-codes.ts'
import { startIdentityProvider } from '../../test/support/identity-provider.ts'
import { deliverAll, startMailServer } from '../../test/support/mail-server.ts'
import { codeBlocks } from '../../test/support/readme-commands.ts'
import { startServer } from '../../test/support/server.ts'
import { startSite } from '../../test/support/site.ts'

const root = join(import.meta.dirname, '..', '..')
const page = join(root, 'docs', 'browser.md')
const [
  inPage = '',
  inNode = '',
  withCode = '',
  withPasskey = '',
  stepUp = '',
  offer = '',
  add = '',
  signals = '',
  withMail = '',
  withIdToken = '',
  withFetch = '',
  forOneApi = '',
  toOneApi = '',
  ownStorage = '',
  ownKey = ''
] = codeBlocks(page, 'js')

const [importOfSignals = '', readSignals = ''] = signals.split('\n\n')
const [importOfCreation = '', ...addSteps] = add.split('\n\n')

t.test('The Node.js code in docs/browser.md works as documented', async t => {
  const orders = 'https://api.example.com/orders'
  const { app, url } = await startServer(t, { databaseUrl: 'sqlite::memory:', resources: [`${orders} me`] })
  await createUser(app)
  const client = relative(t.testdirName, join(root, 'packages/client/src/index.ts'))
  const code = inNode.replace('sallyport/client', client).replace('http://127.0.0.1:3000', url)
  // The address of the request is that of an API; the name of the resource stays.
  const call = forOneApi.replace(`fetch('${orders}'`, `fetch('${url}/verify?resource=${orders}'`)
  t.testdir({
    'in-node.js': code,
    'for-one-api.js': `export async function callApi(client) { ${call.replace('await fetch', 'return fetch')} }`,
    'storage.js': `${ownStorage}export { storage }`
  })
  const printed = t.capture(console, 'log')
  await import(join(t.testdirName, 'in-node.js'))
  t.strictSame(
    printed().map(({ args }) => args),
    [['invalid_grant', 400, 'The username or the password is wrong.'], [1]]
  )

  const { storage } = await import(join(t.testdirName, 'storage.js'))
  const keeper = createClient({ url, storage })
  await keeper.signIn({ username: 'alice', password })
  t.match(await createClient({ url, storage }).signedIn(), { username: 'alice' })
  await keeper.signOut()
  t.equal(await keeper.signedIn(), undefined)

  const { callApi } = await import(join(t.testdirName, 'for-one-api.js'))
  await keeper.signIn({ username: 'alice', password })
  t.equal((await callApi(keeper)).status, 204)
})

t.test('The code for second factors in docs/browser.md works as documented', async t => {
  const world = await createClientWorld(t)
  const factor = await enrolAlice(world)
  const given = ['000000', factor.code(), String(factor.recoveryCodes[0])]
  const asked: string[] = []
  const prompt = (text: string) => {
    asked.push(text)
    return given.shift()
  }
  t.intercept(globalThis as { prompt?: unknown }, 'prompt', { value: prompt })
  let isRaised = false
  const api = await startSite(t, (_request, response) => {
    const challenge = 'Bearer error="insufficient_user_authentication", max_age="300"'
    response.writeHead(isRaised ? 200 : 401, { 'www-authenticate': challenge }).end()
    isRaised = true
  })
  const source = relative(t.testdirName, join(root, 'packages/client/src/index.ts'))
  const code = `${stepUp}${withCode}`
    .replaceAll('sallyport/client', source)
    .replace('http://127.0.0.1:3000', world.url)
    .replace('{ url: server }', `{ url: server, origins: ['${api}'] }`)
  t.testdir({
    'second-factor.js': `${code}export { client, send }`,
    'passkey.js': `export async function signIn(client, getPasskey) { ${withPasskey} }`
  })
  const printed = t.capture(console, 'log')
  const { client, send } = await import(join(t.testdirName, 'second-factor.js'))
  t.strictSame(
    printed().map(({ args }) => args),
    [['The code is wrong, expired or was already used.'], ['Signed in']]
  )
  t.strictSame(asked, Array(2).fill('One of otp,recovery_code'))
  world.advance(301)
  t.equal((await send(`${api}/orders`)).status, 200)
  t.equal(asked.length, 3)

  const { signIn } = await import(join(t.testdirName, 'passkey.js'))
  await t.rejects(
    signIn(client, () => t.fail()),
    { name: 'OAuthError', error: 'insufficient_authorization' }
  )
})

t.test('The code for passkeys that the browser offers in docs/browser.md works as documented', async t => {
  const { app, url } = await startServer(t, { rpId: 'example.com' })
  await createVerifiedUser(app)
  const source = relative(t.testdirName, join(root, 'packages/client/src/index.ts'))
  t.testdir({
    'offers.js': `import { OAuthError } from '${source}'
      ${importOfSignals.replace('sallyport/client', source)}
      ${importOfCreation.replace('sallyport/client', source)}
      export const offers = (client, server) => {
        ${offer}${readSignals}${addSteps.join('\n')}
        return { offerPasskeys, readPasskeys, mayOfferPasskey, addPasskey }
      }`
  })
  const { offers } = await import(join(t.testdirName, 'offers.js'))
  const client = createClient({ url })
  const { offerPasskeys, readPasskeys, mayOfferPasskey, addPasskey } = offers(client, url)
  const printed = t.capture(console, 'log')
  const can = ['conditionalGet', 'signalAllAcceptedCredentials', 'signalUnknownCredential']
  const browser = installPasskeyBrowser(t, Object.fromEntries(can.map(name => [name, true])))
  const authenticator = createAuthenticator()
  const answer = async (count: number) => {
    const { kind, publicKey, resolve } = await browser.ceremony(count)
    const response =
      kind === 'create' ? authenticator.create(publicKey as never) : authenticator.get(publicKey as never)
    resolve({ toJSON: () => response })
    return response.id
  }

  await client.signIn({ username: 'alice', password })
  t.equal(await mayOfferPasskey(), true)
  const adding = addPasskey('My browser')
  const id = await answer(1)
  t.equal((await adding).length, 10)
  t.equal(await mayOfferPasskey(), false)
  const [passkey] = await readPasskeys()
  t.match(passkey, { name: 'My browser' })
  t.match(browser.signals.at(-1), ['signalAllAcceptedCredentials', { allAcceptedCredentialIds: [id] }])
  await client.signOut()

  const offered = offerPasskeys()
  await answer(2)
  await offered
  t.match(await client.signedIn(), { username: 'alice' })
  await client.fetch(`${url}/users/me/passkeys/${passkey.id}`, { method: 'DELETE' })
  t.strictSame(await readPasskeys(), [])
  await client.signOut()

  const refused = offerPasskeys()
  await answer(3)
  ;(await browser.ceremony(4)).reject(new DOMException('', 'NotAllowedError'))
  await refused
  t.match(browser.signals.at(-1), ['signalUnknownCredential', { credentialId: id }])
  t.match(printed(), [{ args: ['Signed in as alice'] }, { args: [/passkey/] }])
})

t.test('The code for a login with a code in the mail in docs/browser.md works as documented', async t => {
  const { url: smtpUrl, messages } = await startMailServer(t)
  const { app, url } = await startServer(t, { smtpUrl, emailCodes: 'on' })
  await createVerifiedUser(app)
  t.testdir({ 'mail.js': `export async function signIn(client, prompt, secondFactor) { ${withMail} }` })
  const { signIn } = await import(join(t.testdirName, 'mail.js'))
  const client = createClient({ url })
  const printed = t.capture(console, 'log')
  await t.rejects(
    signIn(client, () => null),
    { name: 'OAuthError', error: 'insufficient_authorization' }
  )
  t.equal(printed().length, 0)
  const typed = ['1']
  await signIn(client, async () => {
    await deliverAll(app)
    return typed.pop() ?? codeIn(messages.at(-1))
  })
  t.match(printed(), [{ args: ['email_code must be six digits.'] }])
  t.match(await client.signedIn(), { username: 'alice' })
})

t.test('The code for ID tokens and personal access tokens in docs/browser.md works as documented', async t => {
  const provider = await startIdentityProvider(t)
  const { app, url } = await startServer(t, { identityProviders: [provider.setting] })
  await createUser(app, 'alice', ['me', 'reports:read'])
  const [nonce, email] = ['a nonce', 'bob@example.com']
  t.testdir({
    'id-token.js': `export async function signIn(client, idToken, nonce, secondFactor) { ${withIdToken} }`,
    'fetch.js': `export async function createToken(client, server) { ${withFetch} }`
  })
  const { signIn } = await import(join(t.testdirName, 'id-token.js'))
  const client = createClient({ url })
  await signIn(client, provider.idToken({ sub: 'bob', email, nonce }), nonce)
  t.match(await client.signedIn(), { username: 'bob' })

  const { createToken } = await import(join(t.testdirName, 'fetch.js'))
  const printed = t.capture(console, 'log')
  await client.signIn({ username: 'alice', password })
  await createToken(client, url)
  t.match(printed(), [{ args: [/^sally_pat_/] }])
})

t.test('The code for bound logins in docs/browser.md works as documented', async t => {
  const { app, url } = await startServer(t, { resources: ['https://api.example.com/orders me'] })
  await createUser(app)
  t.testdir({
    'own-key.js': `export async function bind(createClient, server) { ${ownKey} return bound }`,
    'to-one-api.js': `export async function callApi(client) { ${toOneApi.replace('await orders', 'return orders')} }`
  })
  const sent: Headers[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    if (String(input).startsWith(url)) return await globalThis.fetch(input, init)
    sent.push(new Headers(init?.headers))
    const isProved = sent.at(-1)?.has('DPoP')
    return new Response('', { status: isProved ? 200 : 401, headers: { 'www-authenticate': 'DPoP algs="ES256"' } })
  }
  const { bind } = await import(join(t.testdirName, 'own-key.js'))
  const bound = await bind((options: object) => createClient({ ...options, url, fetch }), url)
  await bound.signIn({ username: 'alice', password })
  t.equal((await bound.fetch(`${url}/users/me`)).status, 200)
  const { callApi } = await import(join(t.testdirName, 'to-one-api.js'))
  t.equal((await callApi(bound)).status, 200)
  t.match(
    sent.map(headers => headers.get('authorization')),
    [/^Bearer /, /^DPoP /]
  )
})

t.test('The code in docs/browser.md compiles in a strict project with the types that the page names', async t => {
  const [typed = ''] = codeBlocks(page, 'ts')
  // A typed line replaces the one that begins as it does before its last colon.
  const withTypes = (code: string) =>
    typed
      .trim()
      .split('\n')
      .reduce((lines, line) => {
        const start = line.slice(0, line.lastIndexOf(':'))
        return lines.map(other => (other.startsWith(start) ? line : other))
      }, code.split('\n'))
      .join('\n')
  const [, named = ''] = /^\*\*In TypeScript\*\*(.*?)^```/ms.exec(readFileSync(page, 'utf8')) ?? []
  const types = [...named.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name).join(', ')
  const before = `import type { ${types} } from 'sallyport/client'\n`
  const withClient = `${before}declare const client: Client\n`
  const sources = {
    'in-page.ts': inPage,
    'in-node.ts': inNode,
    'second-factor.ts': withTypes(`${before}${stepUp}${withCode}${withMail}`),
    'id-token.ts': `${withClient}declare const given: IdTokenCredentials\nconst { idToken, nonce, secondFactor } = given\n${withIdToken}`,
    'fetch.ts': `${withClient}declare const server: string\n${withFetch}`,
    'offers.ts': `import { OAuthError } from 'sallyport/client'\n${importOfSignals}\n${importOfCreation}\n${withClient}declare const server: string\n${offer}${readSignals}\n${withTypes(addSteps.join('\n'))}`,
    'passkey.ts': `import { getPasskey } from 'sallyport/client'\n${withClient}${withPasskey}`,
    'for-one-api.ts': `${withClient}${forOneApi}`,
    'to-one-api.ts': `${withClient}${toOneApi}`,
    'own-key.ts': `import { createClient } from 'sallyport/client'\n${withTypes(`${before}declare const server: string\n${ownKey}`)}`,
    'storage.ts': withTypes(`${before}${ownStorage}export { storage }`)
  }
  const folder = t.testdir({ 'package.json': '{ "type": "module" }', ...sources })
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'sallyport'))
  const options = '--strict --noEmit --module nodenext --target es2023 --lib es2023,dom --types --skipLibCheck'
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const { stdout } = await promisify(execFile)(tsc, [...options.split(' '), ...Object.keys(sources)], {
    cwd: folder
  }).catch(error => error)
  t.equal(stdout, '')
})
