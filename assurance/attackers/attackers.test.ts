import { type Test, test } from 'tap'
import { password } from '../../test/support/app.ts'
import { type EngineName, engines } from '../../test/support/engines.ts'
import { call, createRandom, spread, startProgram } from '../../test/support/faults.ts'
import { recipientOf } from '../../test/support/mail-server.ts'
import { accountAttempts } from './account.ts'
import { type Attempt, createAttacker } from './attacker.ts'
import { boundLoginAttempts } from './bound-logins.ts'
import { startBystander } from './bystander.ts'
import { challengeAttempts } from './challenges.ts'
import { claimAttempts } from './claims.ts'
import { diskAttempts, passingWithin } from './disk.ts'
import { emailCodeAttempts } from './email-codes.ts'
import { factorAttempts } from './factors.ts'
import { freezeAttempts } from './freeze.ts'
import { identityAttempts } from './identities.ts'
import { invitationAttempts } from './invitations.ts'
import { personalTokenAttempts } from './personal-tokens.ts'
import { scopeAttempts } from './scopes.ts'
import { withdrawnAttempts } from './withdrawn.ts'
import { ofAlice, registrationLimit, startAttackWorld, type World } from './world.ts'

// An attacker who knows one account, and the secret and the received tokens of one API. The order of the attempts comes
// from FAULT_SEED.

/** The longest wait of the bystander in milliseconds: for 99 % of the answers, and for each, which may meet a stall. */
const longestMs = { most: 3000, all: 10_000 }
/** What the database may grow for each request of the attacker, on average. */
const bytesPerRequest = 1024

const attempts = [
  ...accountAttempts,
  ...invitationAttempts,
  ...challengeAttempts,
  ...emailCodeAttempts,
  ...identityAttempts,
  ...factorAttempts,
  ...scopeAttempts,
  ...withdrawnAttempts,
  ...personalTokenAttempts,
  ...boundLoginAttempts,
  ...claimAttempts,
  ...freezeAttempts,
  ...diskAttempts
]

function shuffled(random: ReturnType<typeof createRandom>): Attempt[] {
  const order = [...attempts]
  for (let i = order.length - 1; i > 0; i--) {
    const other = random.below(i + 1)
    ;[order[i], order[other]] = [order[other] as Attempt, order[i] as Attempt]
  }
  return order
}

/** Everything that no attempt may change. */
async function asBefore({ rows, ids, victims, tool, api }: World) {
  const listOf = (names: string[]) => names.map(name => `'${name}'`).join()
  const owners = listOf([ids.root, ids.alice, ids.carol, victims.paula, victims.tess])
  const of = (table: string, order = 'id') =>
    rows(`SELECT * FROM ${table} WHERE user_id IN (${owners}) ORDER BY ${order}`)
  return {
    accounts: await rows(`SELECT id, username, email, email_verified, pending_email, full_name, password_hash, scopes,
      data, claims, disabled, created_at, updated_at, second_factor_at FROM users WHERE id IN (${owners}) ORDER BY id`),
    apps: await of('totp'),
    passkeys: await of('passkeys'),
    identities: await of('identities'),
    recoveryCodes: await of('recovery_codes', 'hash'),
    tokens: await of('personal_tokens'),
    sessions: await rows(`SELECT id, client_id, scope, counter, revoked_at, ip, last_ip FROM sessions
      WHERE user_id IN (${listOf([ids.root, ids.alice, victims.paula, victims.tess])}) ORDER BY id`),
    clients: await rows(`SELECT * FROM clients WHERE id IN (${listOf([tool, api.id])}) ORDER BY id`),
    keys: await rows('SELECT kid, generation, alg, expires_at FROM keys ORDER BY kid'),
    mallory: await rows(`SELECT id, username, email, email_verified, password_hash, scopes, claims, disabled FROM users
      WHERE id = '${ids.mallory}'`),
    administrators: await rows(
      `SELECT username FROM users WHERE CAST(scopes AS text) LIKE '%:write%' ORDER BY username`
    )
  }
}

async function assertTrail(t: Test, { rows, env, ids, tool }: World, seconds: number) {
  const verify = startProgram(t, env, ['audit', 'verify', '--json'])
  t.same(await verify.exit, [0, null], `the audit trail verifies: ${verify.output()}`)

  // The administrator deletes accounts that were invited, and disables some of the attacker.
  const counts = await rows(`SELECT action, count(*) AS count FROM audit
    WHERE NOT (action IN ('user.deleted', 'user.disabled') AND actor = '${tool}') GROUP BY action ORDER BY action`)
  const count = Object.fromEntries(counts.map(({ action, count }) => [String(action), Number(count)]))
  t.comment(`events: ${JSON.stringify(count)}`)
  for (const action of ['login.failed', 'client.authentication_failed', 'token.reuse_detected', 'throttle.refused'])
    t.ok(count[action], `the trail has ${action}`)
  for (const action of ['user.deleted', 'user.disabled', 'user.password_reset', 'client.deleted'])
    t.notOk(count[action], `the trail has no ${action}`)

  const ofAlice = await rows(`SELECT action, actor, ip, detail FROM audit WHERE subject = '${ids.alice}'`)
  // Ten at once, and then one after each wait, which doubles from a second.
  const most = 10 + Math.ceil(Math.log2(seconds + 2)) + 1
  for (const name of ['alice', 'root'] as const) {
    const failed = await rows(`SELECT seq FROM audit WHERE action = 'login.failed' AND subject = '${ids[name]}'`)
    t.ok(failed.length >= 10 && failed.length <= most, `${failed.length} of at most ${most} guesses at ${name}`)
  }
  t.ok(
    ofAlice.some(({ action }) => action === 'throttle.refused'),
    'further guesses at alice were refused, which is recorded'
  )
  t.same([...new Set(ofAlice.map(({ actor }) => actor).filter(actor => actor !== ids.alice))], [null])
  const registered = await rows(`SELECT count(*) AS count FROM users WHERE username NOT IN ('root', 'alice', 'carol',
    'mallory', 'puppet', 'paula', 'tess') AND username NOT LIKE 'recruit%'`)
  // Prefixes that have registered in the last hour share one limit, and all others another.
  const mostAccounts = 2 * passingWithin(10 * registrationLimit, seconds)
  t.ok(Number(registered[0]?.count) <= mostAccounts, `${registered[0]?.count} new accounts, at most ${mostAccounts}`)
}

/** What alice and root have at the end: logins, passwords, and at most a few messages. */
async function assertOwnersAreServed(t: Test, { next, alice, factor, messages, addresses }: World, seconds: number) {
  const url = next()
  const read = await call(`${url}/users/me`, { token: alice.access_token, from: ofAlice })
  t.match([read.status, read.json.email, read.json.email_verified], [200, addresses.alice, true])
  const form = { grant_type: 'refresh_token', refresh_token: alice.refresh_token }
  t.equal((await call(`${url}/token`, { form, from: ofAlice })).status, 200, "alice's refresh token works")
  const logIn = { grant_type: 'password', username: addresses.alice, password, otp: factor.code() }
  t.equal((await call(`${url}/token`, { form: logIn, from: ofAlice })).status, 200, 'alice logs in with her address')
  const ofTess = { grant_type: 'password', username: 'tess', password }
  t.equal((await call(`${url}/token`, { form: ofTess, from: ofAlice })).status, 200, 'tess logs in')
  const rootLogIn = { grant_type: 'password', username: 'root', password }
  t.equal((await call(`${url}/token`, { form: rootLogIn })).status, 200, 'root logs in')
  const subjects = messages.filter(message => recipientOf(message).includes(addresses.alice)).map(mail => mail.subject)
  for (const subject of new Set(subjects)) {
    const count = subjects.filter(one => one === subject).length
    // Three of each kind, and one more after each wait, which doubles from a second; and the first link of each of the
    // four accounts that claim the address.
    const ofName = 3 + Math.ceil(Math.log2(seconds + 2))
    // Codes are limited by the name that asks for them, and alice has two.
    const most = /^Your code/.test(String(subject))
      ? 2 * ofName
      : ofName + (/already have/.test(String(subject)) ? 4 : 0)
    t.ok(count <= most, `alice received ${count} of at most ${most} messages: ${subject}`)
  }
}

async function attack(t: Test, engine: EngineName, nodes = 1) {
  const random = createRandom()
  t.comment(`FAULT_SEED=${random.seed}`)
  const world = await startAttackWorld(t, engine, nodes)
  const before = await asBefore(world)
  const [sizeBefore, begun] = [await world.size(), performance.now()]
  const attacker = createAttacker(t, world, random)
  const bystander = await startBystander(world)

  for (const attempt of shuffled(random)) {
    const started = performance.now()
    await attempt
      .run(attacker)
      .catch(error => t.fail(`${attempt.name} (${attempt.aim}, FAULT_SEED=${random.seed}): ${error.message}`))
    t.comment(`${((performance.now() - started) / 1000).toFixed(1)} s ${attempt.name}`)
  }

  const answers = await bystander.stop()
  const seconds = (performance.now() - begun) / 1000
  const growth = (await world.size()) - sizeBefore
  for (const { child } of world.programs) t.equal(child.exitCode, null, 'the server runs')
  t.same(await asBefore(world), before, 'accounts, sessions, clients, keys and scopes are as before')
  await assertTrail(t, world, seconds)
  await assertOwnersAreServed(t, world, seconds)

  const served = answers.filter(({ status }) => status === 200).length
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const most = Number(times[Math.ceil(times.length * 0.99) - 1])
  const others = answers.map(({ status }) => status).filter(status => status !== 200 && status !== 503)
  t.same(others, [], 'the bystander got nothing but service and 503')
  t.ok(served >= 0.9 * answers.length, `the bystander was served ${served} of ${answers.length} times`)
  t.ok(most < longestMs.most, `the bystander waited for 99 % of the answers at most ${Math.round(most)} ms`)
  t.ok(Number(times.at(-1)) < longestMs.all, `the bystander waited: ${spread(times)}`)

  const perRequest = Math.round(growth / attacker.sent())
  t.ok(perRequest <= bytesPerRequest, `the database grew by ${perRequest} bytes a request`)
}

for (const engine of engines)
  test(`An attacker gains no account, scope or audience, and stops no other client, on ${engine}`, t =>
    attack(t, engine))

if (engines.includes('postgres'))
  test('An attacker gains no more from two nodes of one PostgreSQL, which answer in turn', t =>
    attack(t, 'postgres', 2))
