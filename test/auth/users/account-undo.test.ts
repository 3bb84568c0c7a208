import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { build } from '../../../src/app.ts'
import { linkDoesNotWork } from '../../../src/auth/mail/one-time-tokens.ts'
import { callWith } from '../../support/administrator.ts'
import { bearer, createVerifiedUser, logIn, password, postForm, testConfig } from '../../support/app.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { createClock } from '../../support/clocks.ts'
import { databaseUrl } from '../../support/engines.ts'
import { startIdentityProvider } from '../../support/identity-provider.ts'
import { createMailApp, linkIn, recipientOf, startMailServer } from '../../support/mail-server.ts'
import { createToken } from '../../support/personal-tokens.ts'
import { assertProblem, type Refusal } from '../../support/problem.ts'
import { authenticatorApp, enrol } from '../../support/second-factor.ts'
import { stepUp } from '../../support/step-up.ts'

const next = 'purple monkey dishwasher lamp'
const doesNotWork: Refusal = { detail: linkDoesNotWork().message }
const [own, evil] = ['alice@example.com', 'evil@example.com'] as const

/** An app with passkeys on which alice has a verified address, and what its owner and an intruder do. */
async function withAlice(t: Test) {
  const world = await createMailApp(t, { rpId: 'example.com' })
  const { app, clock, received } = world
  const { id } = await createVerifiedUser(app)
  await received()

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
    undo: (token: string) => app.inject({ method: 'POST', url: '/factors/undo', payload: { token } }),

    /** Adds a passkey with this access token, and moves the clock. */
    async addPasskey(token: string, name: string, seconds = 1) {
      const authenticator = createAuthenticator()
      const post = (url: string, payload: object) =>
        app.inject({ method: 'POST', url: `/users/me/passkeys${url}`, headers: bearer(token), payload })
      const options = await post('/options', {})
      const added = await post('', { name, response: authenticator.create(options.json()) })
      t.equal(added.statusCode, 201)
      clock.advance(seconds)
      return authenticator
    },

    /** Changes the verified address with this access token, and moves the clock. */
    async move(token: string, email: string) {
      const payload = { email, current_password: password }
      const answer = await app.inject({ method: 'PATCH', url: '/users/me', headers: bearer(token), payload })
      t.equal(answer.statusCode, 200)
      clock.advance(1)
      const mailed = await links()
      const verified = await app.inject({
        method: 'POST',
        url: '/email/verify',
        payload: { token: mailed[`/verify-email ${email}`] }
      })
      t.equal(verified.statusCode, 204)
      return mailed
    },

    /** Whether the owner takes the account back with the link that was mailed to this address. */
    async recovers(mailed: Record<string, string>) {
      const payload = { token: mailed[`/reset-password ${own}`], new_password: next }
      const answer = await app.inject({ method: 'POST', url: '/password/reset', payload })
      const form = { grant_type: 'password', username: own, password: next }
      return answer.statusCode === 204 && (await postForm(app, '/token', form)).statusCode === 200
    }
  }
}

t.test('the link in the notice of a new second factor', async t => {
  t.test('removes the factor, ends every login and the recovery codes, and mails a link for a password', async t => {
    const { app, addPasskey, links, undo, factors, row, recovers, id } = await withAlice(t)
    const { access_token: token } = await logIn(app)
    await addPasskey(token, 'of an intruder')
    const { [`/undo-factor ${own}`]: link } = await links()
    t.equal((await app.secondFactors.list({ id })).recovery_codes_left, 10)

    const answer = await undo(String(link))
    t.equal(answer.statusCode, 204)
    t.equal(answer.body, '')
    t.strictSame(await factors(), [])
    t.equal((await app.secondFactors.list({ id })).recovery_codes_left, 0)
    t.match(await row(), { secondFactorAt: null, email: own, emailVerified: true })
    t.equal((await app.inject({ url: '/users/me', headers: bearer(token) })).statusCode, 401)
    const undone = (await app.audit.page({ limit: 100 })).items.filter(({ action }) => action === 'factor.undone')
    t.match(undone, [{ actor: id, subject: id, ip: '127.0.0.1', detail: {} }])
    t.equal(await recovers(await links()), true)
    assertProblem(t, await undo(String(link)), 400, '/factors/undo', doesNotWork, 'twice')
  })

  t.test('removes every factor that was added since, whatever the intruder has added', async t => {
    const { app, clock, addPasskey, links, undo, factors, row, recovers } = await withAlice(t)
    const { access_token: token } = await logIn(app)
    await addPasskey(token, 'first')
    const { [`/undo-factor ${own}`]: link } = await links()
    await stepUp(app, token)
    await addPasskey(token, 'second')
    const later = (await links())[`/undo-factor ${own}`]
    const begun = await app.inject({
      method: 'POST',
      url: '/users/me/factors',
      headers: bearer(token),
      payload: { type: 'totp' }
    })
    const { id, secret } = begun.json()
    const code = authenticatorApp(secret).code(clock.now())
    const url = `/users/me/factors/${id}/confirm`
    const confirmed = await app.inject({ method: 'POST', url, headers: bearer(token), payload: { code } })
    t.equal(confirmed.statusCode, 200)
    t.strictSame(await factors(), ['totp', 'first', 'second'])

    t.equal((await undo(String(link))).statusCode, 204)
    t.strictSame(await factors(), [])
    t.match(await row(), { secondFactorAt: null })
    t.equal((await undo(String(later))).statusCode, 400, 'the links of later changes are void')
    t.equal(await recovers(await links()), true)
  })

  t.test('leaves the factors from before, and an earlier link stays valid', async t => {
    const { app, clock, addPasskey, links, undo, factors, row } = await withAlice(t)
    const { access_token: token } = await logIn(app)
    await addPasskey(token, 'first')
    const { [`/undo-factor ${own}`]: earlier } = await links()
    await stepUp(app, token)
    await addPasskey(token, 'second')
    const { [`/undo-factor ${own}`]: link } = await links()
    t.equal((await undo(String(link))).statusCode, 204)
    t.strictSame(await factors(), ['first'])
    t.strictSame((await row()).secondFactorAt, clock.now(), 'auth sessions and codes under way are void')
    t.equal((await postForm(app, '/token', { grant_type: 'password', username: 'alice', password })).statusCode, 403)
    t.equal((await undo(String(earlier))).statusCode, 204)
    t.strictSame(await factors(), [])
  })

  t.test('works after a new password, and voids an app that waits for its first code', async t => {
    const { app, clock, addPasskey, links, undo, row } = await withAlice(t)
    const { access_token: token } = await logIn(app)
    await addPasskey(token, 'of an intruder')
    const { [`/undo-factor ${own}`]: link } = await links()
    await app.accountPasswords.set(await row(), next, {})
    const user = await row()
    const { id, secret } = await app.secondFactors.enrol(user)
    t.equal((await undo(String(link))).statusCode, 204)
    const session = { id: String(decodeJwt((await logIn(app, { password: next })).access_token).sid) }
    const given = { id, code: authenticatorApp(secret).code(clock.now()) }
    await t.rejects(app.secondFactors.confirm(await row(), session, given, {}), {
      name: 'Problem',
      status: 404
    })
  })

  t.test('takes the address back too, which an intruder has changed after adding the factor', async t => {
    const { app, addPasskey, links, move, undo, factors, row, recovers } = await withAlice(t)
    const { access_token: token } = await logIn(app)
    await addPasskey(token, 'of an intruder')
    const { [`/undo-factor ${own}`]: link } = await links()
    await stepUp(app, token)
    const { [`/undo-email-change ${own}`]: undoOfMove } = await move(token, evil)
    t.match(await row(), { email: evil, emailVerified: true })
    t.equal((await undo(String(link))).statusCode, 204)
    t.match(await row(), { email: own, emailVerified: true, pendingEmail: null })
    t.strictSame(await factors(), [])
    const payload = { token: undoOfMove }
    t.equal((await app.inject({ method: 'POST', url: '/email/undo', payload })).statusCode, 400, 'a later link')
    t.equal(await recovers(await links()), true)
  })

  t.test('stays valid when the owner undoes the change of the address first', async t => {
    const { app, addPasskey, links, move, undo, factors, recovers } = await withAlice(t)
    const { access_token: token } = await logIn(app)
    await addPasskey(token, 'of an intruder')
    const { [`/undo-factor ${own}`]: link } = await links()
    await stepUp(app, token)
    const { [`/undo-email-change ${own}`]: undoOfMove } = await move(token, evil)
    const payload = { token: undoOfMove }
    t.equal((await app.inject({ method: 'POST', url: '/email/undo', payload })).statusCode, 204)
    t.strictSame(await factors(), ['of an intruder'], 'it was added before the address changed')
    await links()
    t.equal((await undo(String(link))).statusCode, 204)
    t.strictSame(await factors(), [])
    t.equal(await recovers(await links()), true)
  })

  t.test('is void when the owner undoes an earlier change of address, which removes the factor too', async t => {
    const { app, addPasskey, links, move, undo, factors, recovers } = await withAlice(t)
    const { access_token: token } = await logIn(app)
    const { [`/undo-email-change ${own}`]: undoOfMove } = await move(token, evil)
    await addPasskey(token, 'of an intruder')
    const { [`/undo-factor ${evil}`]: ofIntruder } = await links()
    const payload = { token: undoOfMove }
    t.equal((await app.inject({ method: 'POST', url: '/email/undo', payload })).statusCode, 204)
    t.strictSame(await factors(), [])
    t.equal((await undo(String(ofIntruder))).statusCode, 400, 'the intruder cannot undo anything')
    t.equal(await recovers(await links()), true)
  })

  t.test('of a changed address leaves recovery codes that are older', async t => {
    const world = await withAlice(t)
    const { app, links, move, factors, id } = world
    const { tokens } = await enrol(world)
    await links()
    const { [`/undo-email-change ${own}`]: undoOfMove } = await move(tokens.access_token, evil)
    const payload = { token: undoOfMove }
    t.equal((await app.inject({ method: 'POST', url: '/email/undo', payload })).statusCode, 204)
    t.strictSame(await factors(), ['totp'])
    t.equal((await app.secondFactors.list({ id })).recovery_codes_left, 10)
  })

  t.test('and of a changed address voids recovery codes that are newer', async t => {
    const world = await withAlice(t)
    const { app, links, move, factors, id } = world
    const { tokens, headers } = await enrol(world)
    await links()
    const { [`/undo-email-change ${own}`]: undoOfMove } = await move(tokens.access_token, evil)
    const replaced = await app.inject({ method: 'POST', url: '/users/me/recovery-codes', headers })
    t.equal(replaced.statusCode, 200)
    const payload = { token: undoOfMove }
    t.equal((await app.inject({ method: 'POST', url: '/email/undo', payload })).statusCode, 204)
    t.strictSame(await factors(), ['totp'])
    t.equal((await app.secondFactors.list({ id })).recovery_codes_left, 0)
  })

  t.test('works for 72 hours, not for a disabled account, and not for another purpose', async t => {
    for (const [seconds, status] of [
      [259_199, 204],
      [259_200, 400]
    ] as const) {
      const { app, clock, addPasskey, links, undo } = await withAlice(t)
      await addPasskey((await logIn(app)).access_token, 'of an intruder', 0)
      const { [`/undo-factor ${own}`]: link } = await links()
      clock.advance(seconds)
      t.equal((await undo(String(link))).statusCode, status)
    }
    const { app, addPasskey, links, undo, id, factors } = await withAlice(t)
    await addPasskey((await logIn(app)).access_token, 'of an intruder')
    const { [`/undo-factor ${own}`]: link } = await links()
    const payload = { token: link }
    t.equal((await app.inject({ method: 'POST', url: '/email/undo', payload })).statusCode, 400)
    await app.userAdmin.update(id, { disabled: true }, {})
    for (const given of [String(link), '', 'x'.repeat(43)])
      assertProblem(t, await undo(given), 400, '/factors/undo', doesNotWork)
    t.strictSame(await factors(), ['of an intruder'])
  })

  t.test('works once: of ten concurrent uses one succeeds', async t => {
    const { app, addPasskey, links, undo, received } = await withAlice(t)
    await addPasskey((await logIn(app)).access_token, 'of an intruder')
    const { [`/undo-factor ${own}`]: link } = await links()
    const answers = await Promise.all(Array.from({ length: 10 }, () => undo(String(link))))
    t.equal(answers.filter(({ statusCode }) => statusCode === 204).length, 1)
    t.equal((await received()).length, 1)
  })

  t.test('removes exactly its factor and the later ones, while the clock moves between all readings', async t => {
    let time = new Date('2026-01-31T12:00:00.000Z').getTime()
    const now = () => new Date(time++)
    const config = testConfig({
      databaseUrl: await databaseUrl(t),
      rpId: 'example.com',
      smtpUrl: 'smtp://127.0.0.1:9'
    })
    const app = await build({ config, now })
    t.teardown(() => app.close())
    const user = await createVerifiedUser(app)
    const { access_token: token } = await logIn(app)
    const headers = bearer(token)
    const post = async (url: string, payload: object) =>
      (await app.inject({ method: 'POST', url: `/users/me/${url}`, headers, payload })).json()
    const addPasskey = async (name: string) => {
      const response = createAuthenticator().create(await post('passkeys/options', {}))
      t.match(await post('passkeys', { name, response }), { passkey: { name } })
      await stepUp(app, token)
    }
    await addPasskey('before')
    const { id, secret } = await post('factors', { type: 'totp' })
    t.match(await post(`factors/${id}/confirm`, { code: authenticatorApp(secret).code(new Date(time)) }), {
      recovery_codes: Array
    })
    await addPasskey('after')
    const notices = (await app.db.mail.due(new Date('9999-01-01'), 99)).filter(({ kind }) => kind === 'factor_added')
    const factors = async () => (await app.secondFactors.list(user)).items.map(({ type, name }) => name ?? type)
    const left = []
    for (const notice of notices.reverse()) {
      const link = await app.oneTimeTokens.issue(await app.userAdmin.byId(user.id), 'undo_factor', notice)
      await app.factorUndo.undo(String(link), {})
      left.push(await factors())
    }
    t.strictSame(left, [['totp', 'before'], ['before'], []])
  })
})

t.test('the link in the notice of a personal access token', async t => {
  t.test('deletes the tokens created since, removes what was added with them, and ends every login', async t => {
    const { app, clock, id, addPasskey, links, undo, factors, row, recovers } = await withAlice(t)
    const { access_token } = await logIn(app)
    const { token: before } = await createToken(app, access_token, { name: 'of the owner' })
    await links()
    clock.advance(1)
    const { token } = await createToken(app, access_token, { name: 'of an intruder' })
    const { [`/undo-factor ${own}`]: link } = await links()
    clock.advance(1)
    await createToken(app, access_token, { name: 'another' })
    await addPasskey(access_token, 'of an intruder')

    t.equal((await undo(String(link))).statusCode, 204)
    t.match(await app.personalTokens.list({ id }), [{ name: 'of the owner' }])
    t.equal(await app.personalTokens.present(token, null), undefined)
    t.ok(await app.personalTokens.present(before, null))
    t.strictSame(await factors(), [])
    t.match(await row(), { secondFactorAt: null })
    t.equal((await app.inject({ url: '/users/me', headers: bearer(access_token) })).statusCode, 401)
    t.equal(await recovers(await links()), true)
    assertProblem(t, await undo(String(link)), 400, '/factors/undo', doesNotWork, 'twice')
  })

  t.test('keeps the recovery codes when only a token was added', async t => {
    const { app, clock, id, links, undo } = await withAlice(t)
    const { tokens } = await enrol({ app, clock })
    await links()
    await createToken(app, tokens.access_token)
    const { [`/undo-factor ${own}`]: link } = await links()
    t.equal((await undo(String(link))).statusCode, 204)
    t.strictSame(await app.personalTokens.list({ id }), [])
    t.match(await app.secondFactors.list({ id }), { items: [{ type: 'totp' }], recovery_codes_left: 10 })
  })

  t.test('is voided by the link of an earlier change, and a change of address deletes later tokens', async t => {
    const { app, clock, id, links, move, undo } = await withAlice(t)
    const { access_token } = await logIn(app)
    const { [`/undo-email-change ${own}`]: undoOfMove } = await move(access_token, evil)
    clock.advance(1)
    await createToken(app, access_token)
    const { [`/undo-factor ${evil}`]: ofIntruder } = await links()
    const payload = { token: undoOfMove }
    t.equal((await app.inject({ method: 'POST', url: '/email/undo', payload })).statusCode, 204)
    t.strictSame(await app.personalTokens.list({ id }), [])
    t.equal((await undo(String(ofIntruder))).statusCode, 400)
  })
})

t.test('the link of a notice undoes what it is about while the clock moves', async t => {
  const clock = createClock()
  const { url, messages } = await startMailServer(t)
  const provider = await startIdentityProvider(t, clock.now)
  const app = await build({
    config: testConfig({
      ...{ databaseUrl: await databaseUrl(t), smtpUrl: url, identityProviders: [provider.setting] },
      accessTokenTtl: 3600
    }),
    now() {
      clock.advance(0.001)
      return clock.now()
    }
  })
  t.teardown(() => app.close())
  const user = await createVerifiedUser(app)
  const make = {
    token: (token: string) => createToken(app, token),
    identity: (token: string) => callWith(app, token)('POST', '/users/me/identities', { id_token: provider.idToken() })
  }
  for (const [kind, add] of Object.entries(make)) {
    await add((await logIn(app)).access_token)
    const [notice] = (await app.db.mail.due(new Date('9999-01-01'), 100)).filter(mail => mail.kind === `${kind}_added`)
    const rows = [...(await app.personalTokens.list(user)), ...(await app.identities.list(user))]
    t.strictSame(
      rows.map(({ createdAt }) => createdAt),
      [notice?.createdAt],
      kind
    )
    await app.deliverMail()
    const message = messages.splice(0).find(({ text }) => /undo-factor/.test(String(text)))
    const answer = await app.inject({
      method: 'POST',
      url: '/factors/undo',
      payload: { token: linkIn(message).token }
    })
    t.equal(answer.statusCode, 204)
    t.strictSame([...(await app.personalTokens.list(user)), ...(await app.identities.list(user))], [], kind)
  }
})
