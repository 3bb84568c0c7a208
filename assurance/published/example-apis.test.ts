import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { build as esbuild } from 'esbuild'
import t, { type Test } from 'tap'
import { build } from '../../src/app.ts'
import { loadConfig } from '../../src/wiring/load-config.ts'
import { bearer, logIn, password } from '../../test/support/app.ts'
import { skipWithoutBrowser, useBrowser } from '../../test/support/browser.ts'
import { freePort } from '../../test/support/free-port.ts'
import { readmeCommands, runCommands } from '../../test/support/readme-commands.ts'
import { startSite } from '../../test/support/site.ts'
import { copyBuilt } from '../support/clone.ts'
import { skipWithout } from '../support/python.ts'

const root = join(import.meta.dirname, '../..')
/** The state of a clone after `npm ci` and `npm run build`; the packages are found in the parent folder. */
const clone = t.testdir()
const browser = useBrowser()

t.before(() => copyBuilt(clone))

/**
 * Runs the commands in the example's README on free ports; resolves to the output of each block and the folder it ran
 * in.
 */
async function follow(t: Test, example: string, page = 'http://localhost:5173') {
  const cwd = join(clone, 'examples', example)
  cpSync(join(root, 'examples', example), cwd, { recursive: true })
  const [port, apiPort] = [await freePort(), await freePort()]
  const [sallyport, api] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${apiPort}`]
  const env = {
    // Debian's Python first: it finds Debian's packages.
    PATH: `${dirname(process.execPath)}:/usr/bin:${process.env.PATH}`,
    PYTHONDONTWRITEBYTECODE: '1',
    PORT: String(port),
    API_PORT: String(apiPort),
    ISSUER: sallyport,
    BCRYPT_COST: '4',
    PAGE: page
  }
  const printed = await runCommands(t, readmeCommands(join(cwd, 'README.md')), { cwd, env })
  return { printed, sallyport, api, cwd, env }
}

t.test('The README of examples/fastify-api leads from an empty folder to an order', async t => {
  const { printed } = await follow(t, 'fastify-api')
  const [started, account, list, refusals, ordered, ...others] = printed
  t.match(started, '\n{"status":"ok"}\n{"open":"to everyone"}\n')
  t.match(account, /"username":"alice".*\nScopes of alice: me orders:read orders:write\n$/)
  t.equal(list, '[]\n')
  const [none, less] = String(refusals).split('HTTP/1.1 ').slice(1)
  t.match(
    none,
    /^401 Unauthorized\s+www-authenticate: Bearer realm="sallyport", DPoP realm="sallyport", algs="[\w ]+"\r\n/i
  )
  t.match(less, /^403 Forbidden\s+www-authenticate: Bearer .*, scope="orders:read orders:write"\r\n/i)
  t.match(ordered, /^(\{"number":1,"customer":"[0-9a-f-]{36}","item":"a lamp"\})\n\[\1\]\n$/)
  t.strictSame(others, [])
})

const modules = ['fastapi', 'uvicorn', 'jwt', 'cryptography']
t.test(
  'The README of examples/fastapi-items leads from an empty folder to the items',
  { skip: skipWithout(...modules) },
  async t => {
    const { outputFiles } = await esbuild({
      entryPoints: ['packages/client/src/index.ts'],
      bundle: true,
      format: 'esm',
      write: false
    })
    const site = await startSite(t, ({ url }, response) =>
      response
        .setHeader('content-type', url === '/' ? 'text/html' : 'text/javascript')
        .end(url === '/' ? '<!doctype html><title>A page</title>' : outputFiles[0]?.text)
    )
    const { printed, sallyport, api, cwd, env } = await follow(t, 'fastapi-items', site)
    const [started, account, items, ...others] = printed
    // A second Sallyport on the database of the first signs with the same key.
    const app = await build(
      { config: loadConfig({ ...env, DATABASE_URL: `sqlite:${join(cwd, 'data/sallyport.db')}` }, cwd) },
      { logger: false }
    )
    t.teardown(() => app.close())
    const { id } = await app.userAdmin.byIdOrName('alice')
    t.match(started, '\n{"status":"ok"}\n{"detail":"Not authenticated"}\n')
    t.match(account, /"username":"alice".*\nScopes of alice: me items\n$/)
    t.equal(items, `[{"item_id":"Foo"},{"item_id":"Bar"}]\n[{"item_id":"Foo","owner":"${id}"}]\n`)
    t.strictSame(others, [])

    async function ask(headers: Record<string, string>) {
      const answer = await fetch(`${api}/users/me/items/`, { headers })
      return { status: answer.status, challenge: answer.headers.get('www-authenticate'), body: await answer.json() }
    }
    const { access_token } = await logIn(app)
    await t.test('Refuses a request without a token or the scope (RFC 6750 §3.1)', async t => {
      t.strictSame(await ask({}), {
        status: 401,
        challenge: 'Bearer, DPoP algs="ES256"',
        body: { detail: 'Not authenticated' }
      })
      t.strictSame(await ask(bearer((await logIn(app, { scope: 'me' })).access_token)), {
        status: 403,
        challenge: 'Bearer error="insufficient_scope", scope="items"',
        body: { detail: 'The access token lacks a required scope.' }
      })
    })

    await t.test('An unreachable issuer is a 503, never a 401', async t => {
      const check = `
from fastapi import HTTPException
from fastapi.security import SecurityScopes
from access_tokens import get_claims
from starlette.requests import Request
headers = [(b"authorization", ${JSON.stringify(`Bearer ${access_token}`)}.encode())]
request = Request({"type": "http", "method": "GET", "raw_path": b"/", "headers": headers})
try:
    get_claims(request, SecurityScopes(), None)
except HTTPException as error:
    print(error.status_code, error.headers)
`
      const away = { ...env, ISSUER: 'http://127.0.0.1:1', NODE_OPTIONS: '' }
      const { stdout } = await promisify(execFile)('python3', ['-c', check], { cwd, env: away })
      t.equal(stdout, "503 {'Retry-After': '1'}\n")
    })

    await t.test('A page of another origin reads them with sallyport/client', { skip: skipWithoutBrowser }, async t => {
      const page = await browser().newPage()
      const sent: Promise<string | null>[] = []
      page.on('request', request => {
        if (request.url() === `${api}/items/`) sent.push(request.headerValue('authorization'))
      })
      await page.goto(site)
      const read = `import('/client.js').then(async ({ createClient }) => {
        const client = createClient({ url: '${sallyport}', origins: ['${api}'] })
        await client.signIn(${JSON.stringify({ username: 'alice', password })})
        const read = async () => (await client.fetch('${api}/items/')).json()
        return [await read(), await read()]
      })`
      const list = [{ item_id: 'Foo' }, { item_id: 'Bar' }]
      t.strictSame(await page.evaluate(read), [list, list])
      t.match(
        await Promise.all(sent),
        [/^Bearer /, /^DPoP /, /^DPoP /],
        'the login is bound, and the API checks the proof'
      )
    })

    await t.test('Its page /docs logs in at Sallyport and reads the items', { skip: skipWithoutBrowser }, async t => {
      const page = await browser().newPage({ viewport: { width: 1280, height: 1000 } })
      // The files that FastAPI's page loads from elsewhere are the same program that is installed here.
      await page.route(/tiangolo/, route => route.abort())
      await page.route(/jsdelivr/, route =>
        route.fulfill({ path: join(root, 'node_modules/@fastify/swagger-ui/static', basename(route.request().url())) })
      )
      await page.goto(`${api}/docs`)
      await page.locator('.auth-wrapper button.authorize').click()
      const dialog = page.locator('.modal-ux')
      await dialog.locator('#oauth_username').fill('alice')
      await dialog.locator('#oauth_password').fill(password)
      const answered = page.waitForResponse(`${sallyport}/token`)
      await dialog.locator('button.authorize').first().click()
      t.equal((await answered).status(), 200)
      await dialog.locator('button.btn-done').first().click()
      const operation = page.locator('.opblock').first()
      await operation.locator('.opblock-summary-control').click()
      await operation.locator('button.try-out__btn').click()
      await operation.locator('button.execute').click()
      const status = operation.locator('.live-responses-table tbody .response-col_status').first()
      t.match(await status.textContent(), '200')
    })
  }
)
