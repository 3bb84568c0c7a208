import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient, type SecondFactor } from '@sallyport/client'
import type { FastifyInstance } from 'fastify'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { createTestClock } from '../../src/testing/clock.ts'
import { bearer, createUser, logIn, password, postForm } from '../../test/support/app.ts'
import { createCli } from '../../test/support/cli.ts'
import { createProofSigner, proofClaims } from '../../test/support/dpop.ts'
import { forge } from '../../test/support/forgeries.ts'
import { freePort } from '../../test/support/free-port.ts'
import { codeBlocks, runCommands } from '../../test/support/readme-commands.ts'
import { startServer } from '../../test/support/server.ts'
import { runPython, skipWithout } from '../support/python.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/verifying.md'), 'utf8')
const module = 'examples/fastapi-items/access_tokens.py'

type FactorQuestion = Parameters<SecondFactor>[0]

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
  const sources = code.replaceAll(/'sallyport\/(verifier|client)'/g, (_, name) =>
    JSON.stringify(join(root, `src/${name}.ts`))
  )
  writeFileSync(path, sources)
  return import(pathToFileURL(path).href)
}

/** A listening Sallyport, a valid token, and invalid ones. */
async function startIssuer(t: Test) {
  const { app, url } = await startServer(t)
  const alice = await createUser(app, 'alice', ['me', 'orders:read'])
  const { access_token } = await logIn(app)
  return { app, alice, url, access_token, forged: await forge(app, decodeJwt(access_token), new Date()) }
}

/** The headers of a request with a bound token and its proof, and of those that a thief or a wrong client sends. */
async function boundRequests(app: FastifyInstance, issuer: string, htu: string) {
  const [signer, other] = [createProofSigner(), createProofSigner()]
  const form = { grant_type: 'password', username: 'alice', password }
  const login = async (dpop: Record<string, string>) =>
    (await postForm(app, '/token', form, dpop)).json().access_token as string
  const token = await login({ dpop: signer.prove(proofClaims(app, ['POST', '/token'], { issuer })) })
  const unbound = await login({})
  const claims = { ...proofClaims(app, ['GET', ''], { token }), htu }
  const prove = (more: object = {}, header = {}) => signer.prove({ ...claims, ...more }, header)
  const authorization = `DPoP ${token}`
  const proofs = {
    'the key of another': other.prove(claims),
    'another method': prove({ htm: 'POST' }),
    'another path': prove({ htu: `${htu}/1` }),
    'another token': prove({ ath: 'x' }),
    'an old proof': prove({ iat: claims.iat - 60 }),
    'a proof from the future': prove({ iat: claims.iat + 60 }),
    'no time': prove({ iat: undefined }),
    'no jti': prove({ jti: undefined }),
    'another type': prove({}, { typ: 'JWT' }),
    'no key': prove({}, { jwk: undefined }),
    'a broken signature': `${prove().slice(0, -4)}AAAA`,
    'no JWT': 'x'
  }
  const requests: { name: string; headers: Record<string, string>; isProof: boolean }[] = [
    { name: 'a bound token as Bearer', headers: bearer(token), isProof: false },
    { name: 'an unbound token as DPoP', headers: { authorization: `DPoP ${unbound}`, dpop: prove() }, isProof: false },
    { name: 'no proof', headers: { authorization }, isProof: true },
    ...Object.entries(proofs).map(([name, dpop]) => ({ name, headers: { authorization, dpop }, isProof: true }))
  ]
  return { bound: { authorization, dpop: prove() }, requests }
}

t.test('The Fastify sample is a working API', async t => {
  const { alice, url, access_token } = await startIssuer(t)
  const { app } = (await load(t, `${sample('Fastify', 'js', url)}\nexport { app }`)) as { app: FastifyInstance }
  t.teardown(() => app.close())
  const answer = await app.inject({ url: '/orders', headers: bearer(access_token) })
  t.strictSame(answer.json(), { ordersOf: alice.id })
  t.equal((await app.inject('/orders')).statusCode, 401)
})

t.test('The API asks for a recent login, and the client steps up and repeats the request', async t => {
  // The server sets its clock right after the first login, which is then older than five minutes and the leeway.
  const { now, advance } = createTestClock()
  advance(-320)
  const { app, url } = await startServer(t, {}, now)
  await createUser(app)
  const [stepUp = ''] = codeBlocks(join(root, 'docs/browser.md'), 'js').filter(code => code.includes('stepUpAsked'))
  const given = 'let client, secondFactor\nconst use = (...both) => void ([client, secondFactor] = both)'
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const api = sample('A strong or recent login', 'js', url).replace('http://127.0.0.1:4000', origin)
  const { app: served, send, use } = await load(t, [api, stepUp, given, 'export { app, send, use }'].join('\n'))
  t.teardown(() => served.close())
  await served.listen({ host: '127.0.0.1', port })
  const client = createClient({ url, origins: [origin] })
  const asked: FactorQuestion[] = []
  use(client, async (question: FactorQuestion) => {
    asked.push(question)
    return question.refused ? undefined : { password }
  })
  await client.signIn({ username: 'alice', password })
  const login = await client.signedIn()
  advance(320)

  const ask = (path: string, method: string): Promise<Response> => send(`${origin}${path}`, { method })
  t.equal((await ask('/orders', 'GET')).status, 200)
  t.strictSame(asked, [])
  t.equal((await ask('/orders/1/payment', 'POST')).status, 200)
  t.equal(asked.length, 1)
  // The end is by the clock of the client, which has not moved.
  t.match(await client.signedIn(), { ...login, endsAt: Number }, 'the login continues')
  await t.rejects(ask('/orders', 'DELETE'), { name: 'OAuthError' }, 'alice has no second factor')
  const { access_token } = await logIn(app)
  const refused = await served.inject({ method: 'DELETE', url: '/orders', headers: bearer(access_token) })
  const [, challenge = ''] = /^WWW-Authenticate: (.*)$/m.exec(page) ?? []
  t.equal(refused.headers['www-authenticate'], challenge)
})

t.test('The JavaScript sample verifies tokens, and refuses those that the list on its page rules out', async t => {
  const { app, alice, url, access_token, forged } = await startIssuer(t)
  const { verify } = (await load(t, sample('JavaScript, without Fastify', 'js', url))) as {
    verify(request: { method: string; url: string; headers: object }): Promise<{ sub: string }>
  }
  const ask = (headers: object) => verify({ method: 'GET', url: '/orders?page=1', headers })
  t.equal((await ask(bearer(access_token))).sub, alice.id)
  // jose does not check these two, which only the issuer itself could get wrong.
  const unchecked = ['from the future', 'a sub that is not text']
  for (const { name, token } of forged.filter(({ name }) => !unchecked.includes(name)))
    await t.rejects(ask(bearer(token)), { code: /^ERR_J/ }, name)

  const { bound, requests } = await boundRequests(app, url, 'http://127.0.0.1:4000/orders')
  t.equal((await ask(bound)).sub, alice.id)
  for (const { name, headers, isProof } of requests) {
    const { challenge } = await ask(headers).then(
      () => ({ challenge: 'accepted' }),
      error => error
    )
    t.match(challenge, isProof ? /^DPoP error="invalid_dpop_proof"/ : /DPoP algs/, name)
  }
})

t.test('The Python sample does the same', { skip: skipWithout('fastapi', 'jwt', 'cryptography') }, async t => {
  const { app, alice, url, access_token, forged } = await startIssuer(t)
  const { bound, requests } = await boundRequests(app, url, 'http://127.0.0.1:8000/orders')
  const outcome = `
import json, sys

def outcome(headers):
    scheme, _, token = headers["authorization"].partition(" ")
    try:
        return verify(scheme.lower(), token, [headers["dpop"]] if "dpop" in headers else [], "GET", "/orders")["sub"]
    except jwt.PyJWTError as error:
        return type(error).__name__ == "ProofError"

json.dump([outcome(headers) for headers in json.load(sys.stdin)], sys.stdout)
`
  const script = join(t.testdir({ 'sample.py': sample('Python', 'python', url) + outcome }), 'sample.py')
  const headers = [bearer(access_token), ...forged.map(({ token }) => bearer(token)), bound]
  t.strictSame(await runPython(pathToFileURL(script), headers), [alice.id, ...forged.map(() => false), alice.id])
  const refused = requests.filter(({ name }) => name !== 'an unbound token as DPoP')
  t.strictSame(
    await runPython(
      pathToFileURL(script),
      refused.map(({ headers }) => headers)
    ),
    refused.map(() => true)
  )
  t.equal(sample('Python', 'python', 'http://127.0.0.1:3000'), readFileSync(join(root, module), 'utf8'))
})

t.test('The client on the page may introspect every token, as the page does', async t => {
  const { app, url, config } = await startServer(t)
  const { sallyport } = createCli(t, { DATABASE_URL: config.databaseUrl, SECRET: config.secret, LOG_LEVEL: 'silent' })
  const command = sample('Fastify', 'sh', url).trim().split(' ').slice(2)
  const { client_id, client_secret } = JSON.parse((await sallyport([...command, '--json'])).out)

  await createUser(app)
  const { access_token } = await logIn(app)
  const env = { CLIENT_ID: client_id, CLIENT_SECRET: client_secret, ACCESS_TOKEN: access_token }
  const [answer = ''] = await runCommands(t, [sample('Introspection in any language', 'sh', url)], { cwd: root, env })
  t.match(JSON.parse(answer), { active: true, iss: url, aud: url, token_type: 'Bearer' })
})
