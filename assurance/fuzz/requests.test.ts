import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { build } from '../../src/app.ts'
import { sha256 } from '../../src/base/secrets.ts'
import { bearer, createUser, logIn, password, postForm, testConfig } from '../../test/support/app.ts'
import { createClock } from '../../test/support/clocks.ts'
import { createProofSigner, postProved, proofClaims } from '../../test/support/dpop.ts'
import { databaseUrl, type EngineName } from '../../test/support/engines.ts'
import { figures } from '../../test/support/faults.ts'
import { createToken, exchangeGrant } from '../../test/support/personal-tokens.ts'
import { authenticatorApp, enrol } from '../../test/support/second-factor.ts'
import { type FuzzCase, fuzzCases, operationsOf } from './requests.ts'

const seed = Number(process.env.FAULT_SEED ?? 20260131)
const mostGrowthBytes = 12 << 20

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
}

/** Text that no answer may contain: stacks, paths of this machine, SQL, names of drivers and codes, hashes, keys. */
const leak =
  /\bat [^"\n]*:\d+:\d+|node_modules|file:\/\/|\/(src|plugins|routes|home|tmp|work|usr)\/|SQLITE_|\b(select|insert into|update|delete from) ["`]?\w|drizzle|better-sqlite3|node:internal|ECONN(REFUSED|RESET|ABORTED)|\$2[aby]\$|\$bcrypt|BEGIN (EC )?PRIVATE|password_hash|private_sealed/i

async function startServer(t: Test, engine: EngineName) {
  const clock = createClock()
  const log: string[] = []
  const config = testConfig({
    databaseUrl: await databaseUrl(t, engine),
    docs: 'on',
    accessTokenTtl: 315_360_000,
    limits: ['registration=1000000', 'login=1000000', 'refresh=1000000'],
    rpId: 'example.com',
    trustProxy: ['127.0.0.1'],
    corsOrigins: ['https://app.example.com'],
    logLevel: 'error'
  })
  const app = await build(
    { config, now: clock.now },
    { logger: { stream: { write: (line: string) => void log.push(line) } } }
  )
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  await createUser(app)
  return { app, clock, config, log }
}

/** The tokens and names in the requests, renewed now and then, because requests use them up. */
async function createValues(app: FastifyInstance, clock: ReturnType<typeof createClock>) {
  const grants = ['password', 'refresh_token', 'client_credentials', 'authorization_code', exchangeGrant] as const
  const { client, secret } = await app.clientAdmin.create({
    name: 'reports',
    confidential: true,
    grants: [...grants],
    scopes: ['me', 'introspect', 'orders:read']
  })
  const basic = Buffer.from(`${client.id}:${secret}`).toString('base64')
  let users = 0
  const verifier = 'a'.repeat(43)
  const challenge = sha256(verifier)
  const signer = createProofSigner()
  const values: Record<string, string> = {
    password,
    verifier,
    challenge,
    client: client.id,
    secret: String(secret),
    basic
  }
  async function renew() {
    const username = `fuzz${++users}`
    const scopes = ['me', 'introspect', 'users:read', 'keys:read', 'audit:read', 'orders:read']
    await app.users.register({ username, password, scopes, email: `${username}@example.com` }, {})
    const before = await logIn(app, { username })
    const { id: tokenId, token: personal } = await createToken(app, before.access_token)
    const form = { grant_type: 'refresh_token', refresh_token: before.refresh_token }
    const { access_token: access, refresh_token: refresh } = (await postForm(app, '/token', form)).json()
    const machine = await postForm(
      app,
      '/token',
      { grant_type: 'client_credentials' },
      { authorization: `Basic ${basic}` }
    )
    const session = String(refresh).split('.')[0] as string
    const bound = (await postProved(app, signer, '/token', { grant_type: 'password', username, password })).json()
    Object.assign(values, { bound: bound.access_token, boundRefresh: bound.refresh_token })
    Object.assign(values, { username, access, refresh, session, oldRefresh: before.refresh_token, tokenId, personal })
    values.clientAccess = machine.json().access_token
    await renewFactor(username, access)
  }

  /**
   * An authenticator app that is to be confirmed or, for every other user, one that logins need; a code of each kind.
   */
  async function renewFactor(username: string, access: string) {
    const begin = {
      response_type: 'code',
      username,
      password,
      code_challenge: challenge,
      code_challenge_method: 'S256'
    }
    if (users % 2) {
      const { code, id: factor, recoveryCodes, tokens } = await enrol({ app, clock }, { username })
      const { auth_session: authSession } = (await postForm(app, '/authorize-challenge', begin)).json()
      Object.assign(values, { factor, authSession, recoveryCode: recoveryCodes[0], lastOtp: code(-1), otp: code() })
      // All other logins have ended.
      const [session] = tokens.refresh_token.split('.')
      Object.assign(values, { access: tokens.access_token, refresh: tokens.refresh_token, session })
    } else {
      const payload = { type: 'totp' }
      const begun = await app.inject({ method: 'POST', url: '/users/me/factors', headers: bearer(access), payload })
      const { id: factor, secret } = begun.json()
      const code = (await postForm(app, '/authorize-challenge', begin)).json().authorization_code
      Object.assign(values, { factor, code, otp: authenticatorApp(secret).code(clock.now()) })
    }
  }
  await renew()
  const fill = (part: string) => part.replace(/\$([a-zA-Z]+)/g, (name, key) => values[key] ?? name)

  /** The same for a request, whose `$proof` is a new one. */
  function fillFor({ method, url, headers }: FuzzCase) {
    const path = fill(url).replace(/[?#].*/s, '')
    const token = headers.authorization === 'DPoP $bound' ? values.bound : undefined
    const proof = signer.prove(proofClaims(app, [method, path], token === undefined ? {} : { token }))
    Object.assign(values, { usedProof: values.proof ?? proof, proof })
    return fill
  }
  return { renew, fillFor }
}

/** The request as its client sends it, from an address that few others share. */
function fillCase({ method, url, headers, body }: FuzzCase, fill: (part: string) => string, number: number) {
  const from = `10.${(number >> 12) & 255}.${(number >> 4) & 255}.${number & 15}`
  const filled = Object.entries(headers).map(([name, value]) => [name, fill(value)])
  return {
    method,
    url: fill(url),
    headers: { 'x-forwarded-for': from, ...Object.fromEntries(filled) } as Record<string, string>,
    body: body === undefined ? undefined : fill(body)
  }
}

type Filled = ReturnType<typeof fillCase>

async function sendByInject(app: FastifyInstance, { method, url, headers, body }: Filled): Promise<Answer> {
  const answer = await app.inject({
    method: method as 'GET',
    url,
    headers,
    ...(body === undefined ? {} : { payload: body })
  })
  return { status: answer.statusCode, headers: answer.headers, body: answer.body }
}

async function sendOnSocket(port: number, agent: Agent, { method, url, headers, body }: Filled): Promise<Answer> {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const sent = request({ port, agent, method, path: url, headers: { ...headers, ...length } })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: Number(answer.statusCode), headers: answer.headers, body: await text(answer) }
}

/**
 * Effects that these requests cannot have: they know no other account and no client, rotate no key, receive no mail,
 * have no setup link and no ID token, and may not make webhooks, which would call other machines.
 */
const outOfReach =
  /^(\w+ \/(users\/(\{id\}|me\/passkeys(\/\{id\})?$)|clients|webhooks|keys\/rotate|(email|factors)\/undo|email\/verify|password\/reset|setup)|(POST|DELETE) \/users\/me\/identities)/

/**
 * Checks an answer, and throws its fault. test/support/hold-to-contract.ts compares it with the document; `seen` has
 * the operations and statuses that were answered.
 */
function createCheck(secrets: string[]) {
  const seen = new Set<string>()

  function check({ operation, method, url }: FuzzCase, { status, headers, body }: Answer) {
    const path = new RegExp(`^${operation.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/?#]*')}(?=[?#]|$)`)
    if (path.test(url)) seen.add(`${method} ${operation.path} ${status}`)
    if (status >= 500 && status !== 503) throw new Error(`${status}: a fault of the server`)
    const all = `${JSON.stringify(headers)}\n${body}`
    const found = leak.exec(all)?.[0] ?? secrets.find(secret => all.includes(secret))
    if (found !== undefined) throw new Error(`the answer leaks ${found}`)
    if ('x-injected' in headers || 'x-powered-by' in headers) throw new Error('A header was injected')
  }
  return { check, seen }
}

async function fuzz(t: Test, engine: EngineName, runs: number) {
  const { app, clock, config, log } = await startServer(t, engine)
  const { port } = app.server.address() as { port: number }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const { renew, fillFor } = await createValues(app, clock)
  const document = app.swagger()
  const { check, seen } = createCheck([config.secret, password])
  const statuses = new Map<number, number>()
  let [number, heap] = [0, 0]

  await fc.assert(
    fc.asyncProperty(fuzzCases(operationsOf(document)), async given => {
      if (++number % 40 === 0) await renew()
      if (number === runs >> 1) {
        collectGarbage()
        heap = process.memoryUsage().heapUsed
      }
      clock.advance(1)
      const sent = fillCase(given, fillFor(given), number)
      try {
        const answer = await (given.isOnSocket ? sendOnSocket(port, agent, sent) : sendByInject(app, sent))
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        if (answer.status === 401 && /^(Bearer \$access|DPoP \$bound)$/.test(given.headers.authorization ?? ''))
          await renew()
        try {
          check(given, answer)
        } catch (error) {
          throw new Error(`${(error as Error).message}\n${JSON.stringify(answer)}\n${log.slice(-1).join('')}`)
        }
      } catch (error) {
        throw new Error(`${JSON.stringify(sent)}\n${(error as Error).message}`)
      }
    }),
    { numRuns: runs, seed }
  )

  collectGarbage()
  const growth = process.memoryUsage().heapUsed - heap
  t.ok(growth < mostGrowthBytes, `the heap grew by ${growth} bytes in the second half`)
  t.same(Object.prototype, {}, 'no prototype was polluted')
  t.same(log, [], 'and nothing failed')
  t.equal((await app.inject('/readyz')).statusCode, 200)
  // The shorter run does not get to every operation by chance.
  const expected =
    engine === 'sqlite'
      ? operationsOf(document).filter(({ path, method }) => !outOfReach.test(`${method} ${path}`))
      : []
  for (const { path, method } of expected)
    t.ok(
      [...seen].some(name => new RegExp(`^${method} ${path.replace(/[{}.]/g, '\\$&')} 20\\d$`).test(name)),
      `${method} ${path} was served too`
    )
  t.comment(
    `FAULT_SEED=${seed}: ${[...statuses]
      .toSorted(([a], [b]) => a - b)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', ')}`
  )
  const heapMb = `heap ${growth > 0 ? '+' : ''}${(growth / 2 ** 20).toFixed(1)} MB in the second half`
  figures(t, `fuzzing from the OpenAPI document (${engine})`, number, 0, heapMb)
}

test('Twenty thousand requests, valid and hostile, get the documented answers and nothing else', t =>
  fuzz(t, 'sqlite', 20_000))

test('Three thousand requests on PostgreSQL get the documented answers and nothing else', t =>
  fuzz(t, 'postgres', 3000))
