import t, { type Test } from 'tap'
import { clientToken } from '../support/administrator.ts'
import { bearer, logIn, password } from '../support/app.ts'
import { createMailApp, linkIn, recipientOf } from '../support/mail-server.ts'
import { assertProblem } from '../support/problem.ts'
import { auditTrail } from '../support/store.ts'

/** An app on which alice has registered with an address and logged in, and the token that was mailed to her. */
async function withAlice(t: Test) {
  const made = await createMailApp(t)
  const { app, received } = made
  const user = await app.users.register({ username: 'alice', password, email: 'alice@example.com' }, {})
  const headers = bearer((await logIn(app)).access_token)
  const messages = await received()
  return {
    ...made,
    user,
    messages,
    token: linkIn(messages[0]).token,
    verify: (payload: object) => app.inject({ method: 'POST', url: '/email/verify', payload }),
    ask: (from = '127.0.0.1') =>
      app.inject({ method: 'POST', url: '/users/me/email/verify-request', headers, remoteAddress: from }),
    change: (payload: object) => app.inject({ method: 'PATCH', url: '/users/me', payload, headers }),
    me: async () => (await app.inject({ url: '/users/me', headers })).json()
  }
}

t.test('The link sent to a new account verifies its address, after which the login by address works', async t => {
  const { app, config, messages, token, verify, me, user, clock } = await withAlice(t)
  t.equal(messages.length, 1)
  t.match(messages[0], { from: { address: 'no-reply@auth.example.com' }, html: undefined })
  t.strictSame(messages.flatMap(recipientOf), ['alice@example.com'])
  const { link } = linkIn(messages[0])
  t.equal(link.href, `https://auth.example.com/verify-email?token=${token}`)
  t.match(token, /^[\w-]{43}$/, '256 bits')
  t.notOk((await logIn(app, { username: 'alice@example.com' })).access_token)

  clock.advance(60)
  const answer = await verify({ token })
  t.strictSame([answer.statusCode, answer.body], [204, ''])
  t.match(await me(), { email_verified: true, updated_at: clock.now().toISOString() })
  t.ok((await logIn(app, { username: 'alice@example.com' })).access_token)
  const event = (await auditTrail(t, config.databaseUrl)).find(({ action }) => action === 'user.email_verified')
  t.match(event, { actor: user.id, subject: user.id, ip: '127.0.0.1', detail: {} })
})

t.test('An owner requests more links: three to an address, and then one after growing intervals', async t => {
  const { ask, received, clock, config, user, verify, token } = await withAlice(t)
  const tokens: string[][] = []
  for (const wait of [0, 0, 0, 0, 1, 0, 2]) {
    clock.advance(wait)
    const answer = await ask()
    t.strictSame([answer.statusCode, answer.body], [202, ''])
    tokens.push((await received()).map(message => linkIn(message).token))
  }
  t.strictSame(
    tokens.map(({ length }) => length),
    [1, 1, 1, 0, 1, 0, 1]
  )
  t.equal(new Set([token, ...tokens.flat()]).size, 6, 'each is another one')
  t.match(
    (await auditTrail(t, config.databaseUrl)).find(({ action }) => action === 'user.email_verification_requested'),
    { actor: user.id, subject: user.id, ip: '127.0.0.1' }
  )
  t.equal((await verify({ token: String(tokens[1]?.[0]) })).statusCode, 204, 'each works')
})

t.test('A verified address is notified when it is removed, and other changes send nothing', async t => {
  const { verify, token, change, received } = await withAlice(t)
  await verify({ token })
  t.equal((await change({ email: null })).statusCode, 200)
  const removed = await received()
  t.strictSame(removed.flatMap(recipientOf), ['alice@example.com'])
  t.equal(removed[0]?.subject, 'Your e-mail address for auth.example.com was changed')
  await change({ full_name: 'Alice' })
  t.strictSame(await received(), [])
})

t.test('A request for a link is refused without a user (RFC 6750 §3), and if there is nothing to verify', async t => {
  const { app, ask, change, verify, token, received } = await withAlice(t)
  const url = '/users/me/email/verify-request'
  const ofClient = bearer((await clientToken(app, 'reports', ['me'])).token)
  for (const [headers, status, detail] of [
    [{}, 401, 'Send an access token: Authorization: Bearer <token>.'],
    [ofClient, 403, 'This access token belongs to a client, not to a user.']
  ] as const)
    assertProblem(t, await app.inject({ method: 'POST', url, headers }), status, url, { detail })
  await verify({ token })
  assertProblem(t, await ask(), 409, url, { detail: 'The e-mail address of this account is already verified.' })
  await change({ email: null })
  await received()
  assertProblem(t, await ask(), 409, url, { detail: 'This account has no e-mail address. Set one first.' })
  t.strictSame(await received(), [])
})

t.test('An invalid body is refused by member (RFC 9457 §3)', async t => {
  const { app } = await createMailApp(t)
  for (const [url, payload, pointer, detail] of [
    ['/email/verify', {}, '/token', 'is missing'],
    ['/email/verify', { token: 7 }, '/token', 'must be string'],
    ['/email/verify', { token: 'x', more: 1 }, '/more', 'is unknown'],
    ['/email/undo', {}, '/token', 'is missing']
  ] as const)
    assertProblem(t, await app.inject({ method: 'POST', url, payload }), 400, url, {
      detail: `The request is not valid: ${pointer} ${detail}.`,
      errors: [{ pointer, detail }]
    })
})

t.test('Requests for links and new addresses are limited by address prefix', async t => {
  const { ask, change, received } = await withAlice(t)
  const statuses: number[] = []
  for (let i = 0; i < 20; i++) statuses.push((await change({ email: `a${i}@example.com` })).statusCode)
  for (let i = 0; i < 11; i++) statuses.push((await ask()).statusCode)
  t.strictSame(statuses, [...Array(20).fill(200), ...Array(10).fill(202), 429])
  await received()
  const refused = await change({ email: 'last@example.com' })
  assertProblem(t, refused, 429, '/users/me', { detail: 'Too many attempts. Try again in 1 s.' })
  t.equal(refused.headers['retry-after'], '1')
  t.equal(
    (await change({ email: null, full_name: 'Alice' })).statusCode,
    200,
    'without a new address, it is not limited'
  )
  t.equal((await ask('203.0.113.1')).statusCode, 409, 'another prefix has its own counter')
  t.strictSame(await received(), [], 'an unverified address is not told that it was removed')
})
