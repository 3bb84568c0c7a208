import t, { type Test } from 'tap'
import { bearer, createVerifiedUser, logIn, password } from '../support/app.ts'
import { createMailApp, linkIn, recipientOf } from '../support/mail-server.ts'
import { assertProblem, type Refusal } from '../support/problem.ts'
import { auditTrail } from '../support/store.ts'

const doesNotWork: Refusal = {
  detail: 'This link is invalid, has expired or was already used. Request a new one.'
}

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
    verify: (payload: object | string) => app.inject({ method: 'POST', url: '/email/verify', payload }),
    ask: (from = '127.0.0.1') =>
      app.inject({ method: 'POST', url: '/users/me/email/verify-request', headers, remoteAddress: from }),
    change: (payload: object) => app.inject({ method: 'PATCH', url: '/users/me', payload, headers }),
    me: async () => (await app.inject({ url: '/users/me', headers })).json()
  }
}

t.test('an e-mail address is verified', async t => {
  t.test('by the link sent to a new account, after which the login by address works', async t => {
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
    t.equal(answer.statusCode, 204)
    t.equal(answer.body, '')
    t.match(await me(), { email_verified: true, updated_at: clock.now().toISOString() })
    t.ok((await logIn(app, { username: 'alice@example.com' })).access_token)
    const event = (await auditTrail(t, config.databaseUrl)).find(({ action }) => action === 'user.email_verified')
    t.match(event, { actor: user.id, subject: user.id, ip: '127.0.0.1', detail: {} })
  })

  t.test('once, even if the address is changed and changed back before', async t => {
    const { verify, token, change, received, me } = await withAlice(t)
    await change({ email: 'other@example.com' })
    const second = linkIn((await received()).find(({ to }) => JSON.stringify(to).includes('other@'))).token
    await change({ email: 'alice@example.com' })
    for (const used of [token, second])
      assertProblem(t, await verify({ token: used }), 400, '/email/verify', doesNotWork)
    t.match(await me(), { email: 'alice@example.com', email_verified: false })
    const third = linkIn((await received())[0]).token
    t.equal((await verify({ token: third })).statusCode, 204)
    assertProblem(t, await verify({ token: third }), 400, '/email/verify', doesNotWork)
  })

  t.test('once: of twenty concurrent uses of a token one succeeds', async t => {
    const { verify, token } = await withAlice(t)
    const answers = await Promise.all(Array.from({ length: 20 }, () => verify({ token })))
    t.equal(answers.filter(({ statusCode }) => statusCode === 204).length, 1)
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 204))
      assertProblem(t, answer, 400, '/email/verify', doesNotWork)
    assertProblem(t, await verify({ token }), 400, '/email/verify', doesNotWork)
  })

  t.test('by a link that its owner requests, and by any of the links sent', async t => {
    const { ask, received, verify, token, config, user } = await withAlice(t)
    const answer = await ask()
    t.equal(answer.statusCode, 202)
    t.equal(answer.body, '')
    const [message, ...others] = await received()
    t.strictSame(others, [])
    t.not(linkIn(message).token, token)
    t.equal((await verify({ token: linkIn(message).token })).statusCode, 204)
    assertProblem(t, await verify({ token }), 400, '/email/verify', doesNotWork)
    const trail = await auditTrail(t, config.databaseUrl)
    t.match(
      trail.find(({ action }) => action === 'user.email_verification_requested'),
      { actor: user.id, subject: user.id, ip: '127.0.0.1' }
    )
  })

  t.test('a verified address is notified when it is removed, and other changes send nothing', async t => {
    const { verify, token, change, received } = await withAlice(t)
    await verify({ token })
    t.equal((await change({ email: null })).statusCode, 200)
    const removed = await received()
    t.strictSame(removed.flatMap(recipientOf), ['alice@example.com'])
    t.equal(removed[0]?.subject, 'Your e-mail address for auth.example.com was changed')
    await change({ full_name: 'Alice' })
    t.strictSame(await received(), [])
  })

  t.test('an invalid token gives the same refusal for every reason', async t => {
    const { app, verify, token, user, clock, received, change } = await withAlice(t)
    await createVerifiedUser(app, 'bob')
    await received()
    await app.passwordReset.request('bob@example.com', { ip: '192.0.2.1' })
    const [reset] = await received()
    await change({ email: 'other@example.com' })
    const [other] = await received()
    const refused = async (name: string, given: string) =>
      assertProblem(t, await verify({ token: given }), 400, '/email/verify', doesNotWork, name)

    await refused('empty', '')
    await refused('garbage', 'x'.repeat(43))
    await refused('very long', 'x'.repeat(10_000))
    await refused('the address has changed', token)
    await refused('a token of another purpose', linkIn(reset).token)
    const last = linkIn(other).token
    await app.userAdmin.update(user.id, { disabled: true }, {})
    await refused('a disabled account', last)
    await app.userAdmin.update(user.id, { disabled: false }, {})
    clock.advance(86_400)
    await refused('after 24 hours', last)
    clock.advance(-1)
    await app.accountPasswords.set(await app.userAdmin.byIdOrName('alice'), 'purple monkey dishwasher lamp', {})
    await refused('the password has changed', last)
  })
})

t.test('nothing is sent if there is nothing to verify', async t => {
  const { ask, change, verify, token, received } = await withAlice(t)
  await verify({ token })
  assertProblem(t, await ask(), 409, '/users/me/email/verify-request', {
    detail: 'The e-mail address of this account is already verified.'
  })
  await change({ email: null })
  await received()
  assertProblem(t, await ask(), 409, '/users/me/email/verify-request', {
    detail: 'This account has no e-mail address. Set one first.'
  })
  t.strictSame(await received(), [])
})

t.test('requests without a token of an account are refused (RFC 6750 §3)', async t => {
  const { app } = await createMailApp(t)
  const { client, secret } = await app.clientAdmin.create({
    name: 'reports',
    confidential: true,
    grants: ['client_credentials'],
    scopes: ['me']
  })
  const url = '/users/me/email/verify-request'
  assertProblem(t, await app.inject({ method: 'POST', url }), 401, url, {
    detail: 'Send an access token: Authorization: Bearer <token>.'
  })
  const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: String(secret), scope: 'me' }
  const own = await logIn(app, form)
  assertProblem(t, await app.inject({ method: 'POST', url, headers: bearer(own.access_token) }), 403, url, {
    detail: 'This access token belongs to a client, not to a user.'
  })
})

t.test('an invalid body is refused by member (RFC 9457 §3)', async t => {
  const { verify } = await withAlice(t)
  for (const [payload, pointer, detail] of [
    [{}, '/token', 'is missing'],
    [{ token: 7 }, '/token', 'must be string'],
    [{ token: 'x', more: 1 }, '/more', 'is unknown']
  ] as const) {
    assertProblem(t, await verify(payload), 400, '/email/verify', {
      detail: `The request is not valid: ${pointer} ${detail}.`,
      errors: [{ pointer, detail }]
    })
  }
})

t.test('after its first link, an account is sent three to an address, and more only at growing intervals', async t => {
  const { ask, received, clock, messages } = await withAlice(t)
  t.equal(messages.length, 1, 'the first')
  const sent: number[] = []
  for (const wait of [0, 0, 0, 0, 1, 0, 2]) {
    clock.advance(wait)
    t.equal((await ask()).statusCode, 202)
    sent.push((await received()).length)
  }
  t.strictSame(sent, [1, 1, 1, 0, 1, 0, 1])
})

t.test('requests for links and new addresses are limited by address prefix', async t => {
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
    'a change without a new address is not limited'
  )
  t.equal((await ask('203.0.113.1')).statusCode, 409, 'another prefix has its own counter')
  t.strictSame(await received(), [], 'an unverified address is not told that it was removed')
})
