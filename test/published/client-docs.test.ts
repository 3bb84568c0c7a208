import { join, relative } from 'node:path'
import t from 'tap'
import { createClient } from '../../src/client.ts'
import { createUser, password } from '../support/app.ts'
import { codeBlocks } from '../support/readme-commands.ts'
import { startServer } from '../support/server.ts'

const root = join(import.meta.dirname, '..', '..')
const [, inNode = '', forOneApi = '', ownStorage = ''] = codeBlocks(join(root, 'docs', 'browser.md'), 'js')

t.test('the Node.js code in docs/browser.md works as documented', async t => {
  const orders = 'https://api.example.com/orders'
  const { app, url } = await startServer(t, { databaseUrl: 'sqlite::memory:', resources: [`${orders} me`] })
  await createUser(app)
  const client = relative(t.testdirName, join(root, 'src', 'client.ts'))
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
