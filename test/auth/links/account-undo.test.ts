import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { build } from '../../../src/app.ts'
import { linkDoesNotWork } from '../../../src/auth/mail/one-time-tokens.ts'
import { callWith } from '../../support/administrator.ts'
import { bearer, createVerifiedUser, logIn, password, postForm, testConfig } from '../../support/app.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { databaseUrl } from '../../support/engines.ts'
import { startIdentityProvider } from '../../support/identity-provider.ts'
import { createMailApp, linkIn, recipientOf } from '../../support/mail-server.ts'
import { createToken } from '../../support/personal-tokens.ts'
import { authenticatorApp, enrol } from '../../support/second-factor.ts'
import { stepUp } from '../../support/step-up.ts'

const next = 'purple monkey dishwasher lamp'
const [own, evil, worse] = ['alice@example.com', 'evil@example.com', 'worse@example.com'] as const
const ofIntruder = 'of an intruder'

/** An app with passkeys on which alice has a verified address, and what its owner and an intruder do. */
async function withAlice(t: Test) {
  const world = await createMailApp(t, { rpId: 'example.com' })
  const { app, clock, received } = world
  const { id } = await createVerifiedUser(app)
  await received()
  const post = async (url: string, payload: object) => (await app.inject({ method: 'POST', url, payload })).statusCode

  /** The tokens of the links that were mailed since, by the page of the link and the recipient. */
  async function links() {
    const messages = (await received()).filter(({ text }) => /token=/.test(String(text)))
    return Object.fromEntries(
      messages.map(message => [`${linkIn(message).link.pathname} ${recipientOf(message)}`, linkIn(message).token])
    )
  }

  return {
    ...world,
    id,
    links,
    row: () => app.userAdmin.byId(id),
    factors: async () => (await app.secondFactors.list({ id })).items.map(({ type, name }) => name ?? type),
    codesLeft: async () => (await app.secondFactors.list({ id })).recovery_codes_left,
    undo: (token: string | undefined) => post('/factors/undo', { token }),
    undoMove: (token: string | undefined) => post('/email/undo', { token }),
    verify: (token: string | undefined) => post('/email/verify', { token }),

    /** Adds a passkey with this access token, and moves the clock; resolves to the link in the notice. */
    async addPasskey(token: string, name: string) {
      const call = callWith(app, token)
      const options = await call('POST', '/users/me/passkeys/options', {})
      const response = createAuthenticator().create(options.json())
      t.equal((await call('POST', '/users/me/passkeys', { name, response })).statusCode, 201)
      clock.advance(1)
      await stepUp(app, token)
      return Object.entries(await links()).find(([name]) => name.startsWith('/undo-factor'))?.[1]
    },

    /** Changes the verified address with this access token, moves the clock, and verifies the new one. */
    async move(token: string, email: string) {
      const answer = await callWith(app, token)('PATCH', '/users/me', { email, current_password: password })
      t.equal(answer.statusCode, 200)
      clock.advance(1)
      const mailed = await links()
      t.equal(await post('/email/verify', { token: mailed[`/verify-email ${email}`] }), 204)
      return Object.entries(mailed).find(([name]) => name.startsWith('/undo-email-change'))?.[1]
    },

    /** Whether the owner takes the account back with a link for a password, which is mailed by now. */
    async recovers() {
      const token = (await links())[`/reset-password ${own}`]
      const status = await post('/password/reset', { token, new_password: next })
      const form = { grant_type: 'password', username: own, password: next }
      return status === 204 && (await postForm(app, '/token', form)).statusCode === 200
    }
  }
}

t.test('A change of address is undone: the old one is in force, logins end and other links are void', async t => {
  const { app, links, undoMove, verify, row, received, recovers, id } = await withAlice(t)
  const { access_token: token } = await logIn(app)
  await callWith(app, token)('PATCH', '/users/me', { email: evil, current_password: password })
  const mailed = await links()
  const link = mailed[`/undo-email-change ${own}`]
  t.match(await row(), { email: own, pendingEmail: evil })
  t.equal(await undoMove(link), 204)
  t.match(await row(), { email: own, emailVerified: true, pendingEmail: null })
  t.equal((await callWith(app, token)('GET', '/users/me')).statusCode, 401)
  t.equal(await verify(mailed[`/verify-email ${evil}`]), 400)
  const undone = (await app.audit.page({ limit: 100 })).items.filter(({ action }) => /undone/.test(action))
  t.match(undone, [{ action: 'user.email_change_undone', actor: id, subject: id, ip: '127.0.0.1', detail: {} }])
  t.equal(await recovers(), true)
  t.match(
    (await received()).map(({ subject }) => subject),
    ['Your password for auth.example.com was changed']
  )
})

t.test('A change of address is undone after a verification, a reset of the password and another change', async t => {
  const { app, move, undoMove, links, row, recovers } = await withAlice(t)
  const link = await move((await logIn(app)).access_token, evil)
  await app.accountPasswords.set(await row(), next, {})
  await app.passwordReset.request(evil, { ip: '192.0.2.1' })
  const reset = (await links())[`/reset-password ${evil}`]
  await app.passwordReset.complete({ token: String(reset), new_password: password }, {})
  const later = await move((await logIn(app)).access_token, worse)
  t.match(await row(), { email: worse, emailVerified: true })
  t.equal(await undoMove(link), 204)
  t.match(await row(), { email: own, emailVerified: true, pendingEmail: null })
  t.equal(await undoMove(later), 400, 'the link of a later change is void')
  t.equal(await recovers(), true)
})

t.test('A thief who undoes a later change of address does not void the link of an earlier one', async t => {
  const { app, move, undoMove, row } = await withAlice(t)
  const link = await move((await logIn(app)).access_token, evil)
  const later = await move((await logIn(app)).access_token, worse)
  t.equal(await undoMove(later), 204)
  t.match(await row(), { email: evil })
  t.equal(await undoMove(link), 204)
  t.match(await row(), { email: own, emailVerified: true })
})

t.test('A notice of a later change that is still queued gets no link once an earlier change is undone', async t => {
  const { app, move, undoMove, row, received } = await withAlice(t)
  const link = await move((await logIn(app)).access_token, evil)
  const call = callWith(app, (await logIn(app)).access_token)
  await call('PATCH', '/users/me', { email: worse, current_password: password })
  const [notice] = (await app.db.mail.due(app.clock.now(), 9)).filter(({ kind }) => kind === 'email_changed')
  if (!notice) return t.fail('there is no notice')
  t.equal(await undoMove(link), 204)
  t.equal(await app.oneTimeTokens.issue(await row(), 'undo_email_change', notice), undefined, 'nor one under way')
  t.strictSame((await received()).flatMap(recipientOf), [own])
})

t.test('A link removes the new factor and the codes, ends every login, and mails one for a password', async t => {
  const { app, addPasskey, undo, factors, codesLeft, row, recovers, id } = await withAlice(t)
  const { access_token: token } = await logIn(app)
  const link = await addPasskey(token, ofIntruder)
  t.equal(await codesLeft(), 10)
  t.equal(await undo(link), 204)
  t.strictSame([await factors(), await codesLeft()], [[], 0])
  t.match(await row(), { secondFactorAt: null, email: own, emailVerified: true })
  t.equal((await callWith(app, token)('GET', '/users/me')).statusCode, 401)
  const undone = (await app.audit.page({ limit: 100 })).items.filter(({ action }) => action === 'factor.undone')
  t.match(undone, [{ actor: id, subject: id, ip: '127.0.0.1', detail: {} }])
  t.equal(await recovers(), true)
})

t.test('A link removes every factor that was added since, whatever the intruder has added', async t => {
  const { app, clock, addPasskey, undo, factors, row, recovers } = await withAlice(t)
  const { access_token: token } = await logIn(app)
  const link = await addPasskey(token, 'first')
  const later = await addPasskey(token, 'second')
  const { id, secret } = (await callWith(app, token)('POST', '/users/me/factors', { type: 'totp' })).json()
  const code = authenticatorApp(secret).code(clock.now())
  t.equal((await callWith(app, token)('POST', `/users/me/factors/${id}/confirm`, { code })).statusCode, 200)
  t.strictSame(await factors(), ['totp', 'first', 'second'])

  t.equal(await undo(link), 204)
  t.strictSame(await factors(), [])
  t.match(await row(), { secondFactorAt: null })
  t.equal(await undo(later), 400, 'the links of later changes are void')
  t.equal(await recovers(), true)
})

t.test('A link leaves the factors from before it, and the link of an earlier one valid', async t => {
  const { app, clock, addPasskey, undo, factors, row } = await withAlice(t)
  const { access_token: token } = await logIn(app)
  const earlier = await addPasskey(token, 'first')
  t.equal(await undo(await addPasskey(token, 'second')), 204)
  t.strictSame(await factors(), ['first'])
  t.strictSame((await row()).secondFactorAt, clock.now(), 'auth sessions and codes under way are void')
  t.equal((await postForm(app, '/token', { grant_type: 'password', username: 'alice', password })).statusCode, 403)
  t.equal(await undo(earlier), 204)
  t.strictSame(await factors(), [])
})

t.test('A link voids an authenticator app that waits for its first code', async t => {
  const { app, clock, addPasskey, undo, row } = await withAlice(t)
  const link = await addPasskey((await logIn(app)).access_token, ofIntruder)
  const { id, secret } = await app.secondFactors.enrol(await row())
  t.equal(await undo(link), 204)
  const session = { id: String(decodeJwt((await logIn(app)).access_token).sid) }
  const given = { id, code: authenticatorApp(secret).code(clock.now()) }
  await t.rejects(app.secondFactors.confirm(await row(), session, given, {}), { name: 'Problem', status: 404 })
})

t.test('The link of a new factor also takes back the address, which an intruder has changed afterwards', async t => {
  const { app, addPasskey, move, undo, undoMove, factors, row, recovers } = await withAlice(t)
  const { access_token: token } = await logIn(app)
  const link = await addPasskey(token, ofIntruder)
  const undoOfMove = await move(token, evil)
  t.match(await row(), { email: evil, emailVerified: true })
  t.equal(await undo(link), 204)
  t.match(await row(), { email: own, emailVerified: true, pendingEmail: null })
  t.strictSame(await factors(), [])
  t.equal(await undoMove(undoOfMove), 400, 'a later link')
  t.equal(await recovers(), true)
})

t.test('The link of a new factor stays valid when the owner first undoes a later change of the address', async t => {
  const { app, addPasskey, links, move, undo, undoMove, factors, recovers } = await withAlice(t)
  const { access_token: token } = await logIn(app)
  const link = await addPasskey(token, ofIntruder)
  t.equal(await undoMove(await move(token, evil)), 204)
  t.strictSame(await factors(), [ofIntruder], 'it was added before the address changed')
  await links()
  t.equal(await undo(link), 204)
  t.strictSame(await factors(), [])
  t.equal(await recovers(), true)
})

t.test('The undoing of an earlier change of address removes what was added since, and voids its links', async t => {
  const { app, clock, id, links, addPasskey, move, undo, undoMove, factors, recovers } = await withAlice(t)
  const { access_token: token } = await logIn(app)
  const undoOfMove = await move(token, evil)
  const ofFactor = await addPasskey(token, ofIntruder)
  clock.advance(1)
  await createToken(app, token)
  const ofToken = (await links())[`/undo-factor ${evil}`]
  t.equal(await undoMove(undoOfMove), 204)
  t.strictSame([await factors(), await app.personalTokens.list({ id })], [[], []])
  for (const link of [ofFactor, ofToken]) t.equal(await undo(link), 400, 'the intruder cannot undo anything')
  t.equal(await recovers(), true)
})

t.test('The undoing of a change voids recovery codes only if codes or factors have changed since', async t => {
  for (const [change, left] of [
    ['nothing', 10],
    ['codes', 0],
    ['a personal access token', 10]
  ] as const) {
    const world = await withAlice(t)
    const { app, links, move, undo, undoMove, factors, codesLeft, id } = world
    const { tokens, headers } = await enrol(world)
    await links()
    if (change === 'a personal access token') {
      await createToken(app, tokens.access_token)
      t.equal(await undo((await links())[`/undo-factor ${own}`]), 204)
      t.strictSame(await app.personalTokens.list({ id }), [])
    } else {
      const undoOfMove = await move(tokens.access_token, evil)
      if (change === 'codes')
        t.equal((await app.inject({ method: 'POST', url: '/users/me/recovery-codes', headers })).statusCode, 200)
      t.equal(await undoMove(undoOfMove), 204)
    }
    t.strictSame([await factors(), await codesLeft()], [['totp'], left], change)
  }
})

t.test('The link of a personal access token deletes the tokens since, and what was added with them', async t => {
  const { app, clock, id, addPasskey, links, undo, factors, row, recovers } = await withAlice(t)
  const { access_token } = await logIn(app)
  const { token: before } = await createToken(app, access_token, { name: 'of the owner' })
  await links()
  clock.advance(1)
  const { token } = await createToken(app, access_token, { name: ofIntruder })
  const { [`/undo-factor ${own}`]: link } = await links()
  clock.advance(1)
  await createToken(app, access_token, { name: 'another' })
  await addPasskey(access_token, ofIntruder)

  t.equal(await undo(link), 204)
  t.match(await app.personalTokens.list({ id }), [{ name: 'of the owner' }])
  t.equal(await app.personalTokens.present(token, null), undefined)
  t.ok(await app.personalTokens.present(before, null))
  t.strictSame(await factors(), [])
  t.match(await row(), { secondFactorAt: null })
  t.equal((await app.inject({ url: '/users/me', headers: bearer(access_token) })).statusCode, 401)
  t.equal(await recovers(), true)
})

t.test('A link removes exactly what it is about and what is later, while the clock moves at every reading', async t => {
  let time = new Date('2026-01-31T12:00:00.000Z').getTime()
  const now = () => new Date(time++)
  const provider = await startIdentityProvider(t, () => new Date(time))
  const config = testConfig({
    ...{ databaseUrl: await databaseUrl(t), rpId: 'example.com', smtpUrl: 'smtp://127.0.0.1:9' },
    identityProviders: [provider.setting]
  })
  const app = await build({ config, now })
  t.teardown(() => app.close())
  const user = await createVerifiedUser(app)
  const { access_token: token } = await logIn(app)
  const post = async (url: string, payload: object) => {
    const answer = await callWith(app, token)('POST', `/users/me/${url}`, payload)
    t.match(String(answer.statusCode), /^20/, url)
    await stepUp(app, token)
    return answer.json()
  }
  const addPasskey = async (name: string) =>
    post('passkeys', { name, response: createAuthenticator().create(await post('passkeys/options', {})) })
  await addPasskey('before')
  const { id, secret } = await post('factors', { type: 'totp' })
  await post(`factors/${id}/confirm`, { code: authenticatorApp(secret).code(new Date(time)) })
  await addPasskey('after')
  await createToken(app, token, { name: 'token' })
  await post('identities', { id_token: provider.idToken() })

  const mails = await app.db.mail.due(new Date('9999-01-01'), 99)
  const notices = mails.filter(({ kind }) => /^(factor|token|identity)_added$/.test(kind))
  const left = async () => [
    ...(await app.secondFactors.list(user)).items.map(({ type, name }) => name ?? type),
    ...(await app.personalTokens.list(user)).map(({ name }) => name),
    ...(await app.identities.list(user)).map(() => 'identity')
  ]
  const after = []
  for (const notice of notices.sort((one, two) => two.createdAt.getTime() - one.createdAt.getTime())) {
    const link = await app.oneTimeTokens.issue(await app.userAdmin.byId(user.id), 'undo_factor', notice)
    await app.factorUndo.undo(String(link), {})
    after.push(await left())
    await t.rejects(app.factorUndo.undo(String(link), {}), { message: linkDoesNotWork().message })
  }
  t.strictSame(after, [
    ['totp', 'before', 'after', 'token'],
    ['totp', 'before', 'after'],
    ['totp', 'before'],
    ['before'],
    []
  ])
})
