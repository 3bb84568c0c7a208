import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { ConfigSchema } from '../../src/config/config.ts'
import { bearer, createUser, login } from '../support/app.ts'
import { createCli } from '../support/cli.ts'
import { forge } from '../support/forgeries.ts'
import { runPython, skipWithout } from '../support/python.ts'
import { runCommands } from '../support/readme-commands.ts'
import { startServer } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/verifying.md'), 'utf8')

/** The only sample in this language below the heading, for the issuer at `url`. */
function sample(heading: string, language: string, url: string) {
  const [section = ''] = page.split(`\n## ${heading}\n`)[1]?.split('\n## ') ?? []
  const [, code] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(section) ?? []
  if (code === undefined) throw new Error(`docs/verifying.md has no ${language} below ${heading}`)
  return code.replaceAll('http://127.0.0.1:3000', url)
}

/** Writes a module and imports it; the package resolves to the sources, since nothing is built here. */
function load(t: Test, code: string) {
  const folder = t.testdir({})
  const path = join(folder, 'sample.mjs')
  writeFileSync(path, code.replace("'sallyport/verifier'", JSON.stringify(join(root, 'src/verifier.ts'))))
  return import(pathToFileURL(path).href)
}

/** A listening Sallyport, a valid token, and invalid ones. */
async function startIssuer(t: Test) {
  const { app, url } = await startServer(t)
  const alice = await createUser(app, 'alice', ['me', 'orders:read'])
  const { access_token } = await login(app)
  return { alice, url, access_token, forged: await forge(app, decodeJwt(access_token), new Date()) }
}

t.test('the Fastify sample is a working API', async t => {
  const { alice, url, access_token } = await startIssuer(t)
  const { app } = (await load(t, `${sample('Fastify', 'js', url)}\nexport { app }`)) as { app: FastifyInstance }
  t.teardown(() => app.close())
  const answer = await app.inject({ url: '/orders', headers: bearer(access_token) })
  t.strictSame(answer.json(), { ordersOf: alice.id })
  t.equal((await app.inject('/orders')).statusCode, 401)
})

t.test('the JavaScript sample verifies tokens, and refuses those that the list on its page rules out', async t => {
  const { alice, url, access_token, forged } = await startIssuer(t)
  const { verify } = (await load(t, sample('JavaScript, without Fastify', 'js', url))) as {
    verify(token: string): Promise<{ sub: string }>
  }
  t.equal((await verify(access_token)).sub, alice.id)
  // jose does not check these two, which only the issuer itself could get wrong.
  const unchecked = ['from the future', 'a sub that is not text']
  for (const { name, token } of forged.filter(({ name }) => !unchecked.includes(name)))
    await t.rejects(verify(token), { code: /^ERR_J/ }, name)
})

t.test('the Python sample does the same', { skip: skipWithout('jwt', 'cryptography') }, async t => {
  const { alice, url, access_token, forged } = await startIssuer(t)
  const outcome = `
import json, sys

def outcome(token):
    try:
        return verify(token)["sub"]
    except jwt.PyJWTError:
        return None

json.dump([outcome(token) for token in json.load(sys.stdin)], sys.stdout)
`
  const script = join(t.testdir({ 'sample.py': sample('Python', 'python', url) + outcome }), 'sample.py')
  const tokens = [access_token, ...forged.map(({ token }) => token)]
  t.strictSame(await runPython(pathToFileURL(script), tokens), [alice.id, ...forged.map(() => null)])
})

t.test('the client on the page may introspect every token, as the page does', async t => {
  const { app, url, config } = await startServer(t)
  const { sallyport } = createCli(t, { DATABASE_URL: config.databaseUrl, SECRET: config.secret, LOG_LEVEL: 'silent' })
  const command = sample('Fastify', 'sh', url).trim().split(' ').slice(2)
  const { client_id, client_secret } = JSON.parse((await sallyport([...command, '--json'])).out)

  await createUser(app)
  const { access_token } = await login(app)
  const env = { CLIENT_ID: client_id, CLIENT_SECRET: client_secret, ACCESS_TOKEN: access_token }
  const [answer = ''] = await runCommands(t, [sample('Introspection in any language', 'sh', url)], { cwd: root, env })
  t.match(JSON.parse(answer), { active: true, iss: url, aud: url, token_type: 'Bearer' })
})

t.test('the figures on the page match the settings', async t => {
  const { jwksMaxAge, accessTokenTtl } = ConfigSchema.properties
  t.strictSame([jwksMaxAge.default, accessTokenTtl.default], [300, 600])
})
