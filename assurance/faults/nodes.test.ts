import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { type Test, test } from 'tap'
import { password } from '../../test/support/app.ts'
import { type Answer, createCaller } from '../../test/support/caller.ts'
import { createCli } from '../../test/support/cli.ts'
import { startCli } from '../../test/support/cli-process.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { startNodesBehind } from '../support/nodes.ts'
import { type ProxyName, proxies } from '../support/proxy.ts'

// Loopback addresses. The first two share a prefix; each of the others has its own.
const [home, sameHome, elsewhere, attacker] = ['127.0.7.1', '127.0.7.9', '127.0.8.1', '127.0.66.1'] as const

const invalidGrant = { error: 'invalid_grant', error_description: 'The refresh token is invalid, expired or revoked.' }

type Cluster = Awaited<ReturnType<typeof startCluster>>

/**
 * Two nodes behind the proxy `name`, which uses them in turn; `on` sends a request to a given node. No other request
 * may be sent at the same time.
 */
async function startCluster(t: Test, name: ProxyName) {
  const { url, env, nodes } = await startNodesBehind(t, name, { takesTurns: true })
  const hosts = nodes.map(node => new URL(node.url).host)
  const skipper = createCaller(t, url)
  let last: string | undefined

  /** Calls `ask` so that the proxy sends its request to the given node, and checks that this node answered. */
  async function on(index: 0 | 1, ask: () => Promise<Answer>): Promise<Answer> {
    if (last === undefined || last === hosts[index]) last = nodeOf(await skipper.call('/livez'))
    if (last === hosts[index]) last = nodeOf(await skipper.call('/livez'))
    const answer = await ask()
    last = nodeOf(answer)
    if (last !== hosts[index]) throw new Error(`${last} answered, and not ${hosts[index]}`)
    return answer
  }

  const { sallyport } = createCli(t, env)
  const caller = createCaller(t, url, home)
  t.match(await on(0, () => caller.call('/users', { json: { username: 'alice', password } })), { status: 201 })
  return { url, env, on, sallyport, caller, nodes }
}

const nodeOf = ({ headers }: Answer) => String(headers['x-node'])
const both = [0, 1] as const
const other = { 0: 1, 1: 0 } as const

/** Asserts that both nodes answer with the given `status` and `body`. */
async function assertOnBoth(
  t: Test,
  { on }: Cluster,
  ask: () => Promise<Answer>,
  expected: { status: number; body?: unknown },
  name: string
) {
  for (const node of both) {
    const { status, body } = await on(node, ask)
    t.strictSame({ status, ...('body' in expected ? { body } : {}) }, expected, `${name}, node ${node + 1}`)
  }
}

/** A login that one node began, and what the other does with it. */
async function checkTokens(t: Test, cluster: Cluster) {
  const { on, caller, sallyport } = cluster
  for (const node of both) {
    const first = (await on(node, () => caller.logIn())).body
    await assertOnBoth(t, cluster, () => caller.get('/users/me', first.access_token), { status: 200 }, 'a token works')
    const second = (await on(other[node], () => caller.refresh(first.refresh_token))).body
    t.not(second.refresh_token, first.refresh_token, 'the other node refreshes it')
    t.match(await on(node, () => caller.post('/revoke', { token: second.refresh_token })), { status: 200 })
    const refused = { status: 400, body: invalidGrant }
    await assertOnBoth(t, cluster, () => caller.get('/users/me', second.access_token), { status: 401 }, 'at once')
    await assertOnBoth(t, cluster, () => caller.refresh(second.refresh_token), refused, 'the login has ended')
  }

  const { access_token, refresh_token } = (await on(0, () => caller.logIn())).body
  for (const each of both) t.match(await on(each, () => caller.get('/users/me', access_token)), { status: 200 })
  t.match(await sallyport(['users', 'update', 'alice', '--disable']), { code: 0 })
  await assertOnBoth(t, cluster, () => caller.get('/users/me', access_token), { status: 401 }, 'a disabled user')
  await assertOnBoth(t, cluster, () => caller.refresh(refresh_token), { status: 400, body: invalidGrant }, 'to refresh')
  t.match(await sallyport(['users', 'update', 'alice', '--enable']), { code: 0 })
}

async function checkAddresses(t: Test, { url, on, nodes }: Cluster) {
  const ipOfLogin = async (answer: Answer) => {
    const { body } = await on(0, () =>
      createCaller(t, url, elsewhere).get('/users/me/sessions', answer.body.access_token)
    )
    return body.items.find(({ current }: { current: boolean }) => current).ip
  }
  for (const forged of [home, `${home}, ${attacker}`, 'unknown', '::1']) {
    for (const node of both) {
      const login = () =>
        createCaller(t, url, sameHome).logIn({}, { 'x-forwarded-for': forged, forwarded: `for=${home}` })
      t.equal(await ipOfLogin(await on(node, login)), sameHome, `X-Forwarded-For: ${forged}`)
    }
  }
  const direct = await createCaller(t, nodes[0].url, sameHome).logIn({}, { 'x-forwarded-for': elsewhere })
  t.equal(await ipOfLogin(direct), sameHome, 'the header is not trusted from a client that is not a proxy')
}

async function checkThrottle(t: Test, cluster: Cluster) {
  const { url, on, caller } = cluster
  t.match(await on(0, () => caller.logIn()), { status: 200 }, 'the owner has logged in at home')

  const guesser = createCaller(t, url, attacker)
  const guess = () => guesser.logIn({ password: 'not the password' })
  let [failures, node]: [number, 0 | 1] = [0, 0]
  // Until the wait is long enough for the checks below, even on a slow machine.
  for (let wait = 0; wait < 4; node = other[node]) {
    const { status, headers } = await on(node, guess)
    wait = Number(headers['retry-after'] ?? 0)
    if (status === 400) failures++
    else if (wait < 4) await sleep(wait * 1000)
  }
  t.ok(failures >= 10 && failures < 20, `${failures} failures on both nodes together, not ten on each`)
  for (const each of both) {
    const refused = await on(each, guess)
    t.match(refused, { status: 429, headers: { 'retry-after': /^\d+$/ } })
    t.match(refused.body, { error: 'temporarily_unavailable', error_description: /^Too many attempts/ })
    const claimsHome = { 'x-forwarded-for': home }
    t.match(await on(each, () => guesser.logIn({}, claimsHome)), { status: 429 }, 'a forged address does not help')
    const stranger = createCaller(t, url, elsewhere)
    t.match(await on(each, () => stranger.logIn()), { status: 429 }, 'the owner is throttled at an unknown address')
    const owner = createCaller(t, url, sameHome)
    t.match(await on(each, () => owner.logIn()), { status: 200 }, 'both nodes know the prefix of the owner')
  }
}

async function checkKeys(t: Test, cluster: Cluster, name: ProxyName) {
  const { on, caller, env } = cluster
  const old = (await on(0, () => caller.logIn())).body.access_token
  const oldKid = decodeProtectedHeader(old).kid
  const rotated = startCli(t, ['keys', 'rotate', '--now', '--json'], env)
  t.same(await rotated.exit, [0, null])
  const begun = performance.now()
  const newKid = JSON.parse(rotated.out.text()).at(-1).kid
  t.not(newKid, oldKid)

  for (const node of both) {
    let token = ''
    while (decodeProtectedHeader(token || old).kid !== newKid) {
      token = (await on(node, () => caller.logIn())).body.access_token
      t.match(await on(other[node], () => caller.get('/users/me', token)), { status: 200 }, 'either key, either node')
      await sleep(500)
    }
    t.comment(`${name}: node ${node + 1} signs with the new key after ${Math.round(performance.now() - begun)} ms`)
    await assertOnBoth(t, cluster, () => caller.get('/users/me', token), { status: 200 }, 'a token of the new key')
    t.equal(decodeJwt(token).iss, cluster.url)
  }
  await assertOnBoth(t, cluster, () => caller.get('/users/me', old), { status: 200 }, 'a token of the old key')
  for (const node of both) {
    const { keys } = (await on(node, () => caller.call('/.well-known/jwks.json'))).body
    t.strictSame(
      keys.map(({ kid }: { kid: string }) => kid),
      [oldKid, newKid],
      'both are published'
    )
  }
}

for (const name of proxies) {
  test(`Two nodes on one PostgreSQL behind ${name} behave as one server`, {
    skip: skipWithoutProgram(name)
  }, async t => {
    const cluster = await startCluster(t, name)
    await t.test('Tokens of one node work on the other, and end on both at once', t => checkTokens(t, cluster))
    await t.test('A client cannot forge its address', t => checkAddresses(t, cluster))
    await t.test('A key rotation reaches both nodes', t => checkKeys(t, cluster, name))
    await t.test('Failed logins and known prefixes are shared', t => checkThrottle(t, cluster))
  })
}
