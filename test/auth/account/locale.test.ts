import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { acceptedLocales, canonicalLocale, localeFor } from '../../../src/auth/account/locale.ts'
import { adminScopes } from '../../../src/auth/users/user-admin.ts'
import { bearer, createApp, createUser, createVerifiedUser, logIn, password, postForm } from '../../support/app.ts'
import { createIdentityWorld, exchange } from '../../support/identities.ts'
import { createPkce } from '../../support/pkce.ts'

t.test('A language tag is stored in its canonical form (BCP 47), and anything else is a 400', async t => {
  for (const [given, stored] of [
    ['de', 'de'],
    ['DE-at', 'de-AT'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['iw', 'he'],
    [null, null],
    [undefined, null]
  ] as const)
    t.equal(canonicalLocale(given), stored)
  // The last one is longer in its canonical form.
  for (const given of ['', '*', 'de_DE', 'C.UTF-8', 'x', 'de-', ' de', 'd\0', 'sh-abcdefgh-abcdefgi-abcdefgj-abcde'])
    t.throws(() => canonicalLocale(given), { status: 400, errors: [{ pointer: '/locale' }] }, given)
})

t.test('The languages of a header are sorted by weight, without those that are refused (RFC 9110 §12.5.4)', async t => {
  for (const [header, locales] of [
    ['da, en-gb;q=0.8, en;q=0.7', ['da', 'en-GB', 'en']],
    ['en;q=0.5, de-at, fr;q=0.9', ['de-AT', 'fr', 'en']],
    ['de ; q=1.000 , en ;Q=0.123', ['de', 'en']],
    ['*, de;q=0.1', ['de']],
    ['de;q=0, en;q=0.000, fr;q=0.001', ['fr']],
    ['en, fr, de', ['en', 'fr', 'de']],
    ['', []],
    [undefined, []]
  ] as const)
    t.strictSame(acceptedLocales(header), locales, `${header}`)
})

t.test('What is malformed in the header is ignored, and little of it is read', async t => {
  const wrong = 'de_DE|de;q=2|de;q=1.001|de;q=0.1234|de;q=-1|de;q|abcdefghi|de;level=1|d\0|ü'
  for (const bad of wrong.split('|')) t.strictSame(acceptedLocales(`${bad}, en`), ['en'], bad)
  const long = ['x', '-', ' '].map(one => one.repeat(10_000))
  for (const garbage of [',', ';;;', `${'a-'.repeat(5000)}!`, ...long])
    t.strictSame(acceptedLocales(garbage), [], garbage.slice(0, 5))
  t.equal(acceptedLocales('de,'.repeat(3500)).length, 333)
  t.strictSame(acceptedLocales(`${'x,'.repeat(5000)}de`), [], 'past the part that is read')
})

t.test('A message has the language of the account, otherwise that of the request', async t => {
  const locale = () => 'fr'
  t.equal(localeFor({ locale: 'de' }, { locale }), 'de')
  t.equal(localeFor({ locale: null }, { locale }), 'fr')
  t.equal(localeFor(undefined, { locale }), 'fr')
  t.equal(localeFor({ locale: null }, {}), null)
})

const email = 'alice@example.com'

/** Removes the queued messages, and resolves to their languages in the order of the requests. */
async function queued(app: FastifyInstance) {
  const rows = await app.db.mail.due(app.clock.now(), 100)
  for (const { id } of rows) await app.db.mail.remove(id)
  return rows.map(({ locale }) => locale)
}

t.test('A person who registers has the language of the request, as have the messages, and may change it', async t => {
  const { app } = await createApp(t, {})
  await createUser(app, 'root', adminScopes)
  const { access_token: token } = await logIn(app, { username: 'root', scope: 'users:write' })
  const register = async (username: string, more: object, headers: object) =>
    (
      await app.inject({
        ...{ method: 'POST', url: '/users' },
        headers: { 'accept-language': 'fr-CH, fr;q=0.9, de-at;q=0.8, en;q=0.5', ...headers },
        payload: { username, password, email: `${username}@example.com`, ...more }
      })
    ).json()
  t.match(await register('alice', {}, {}), { locale: 'de-AT' })
  t.match(await register('bob', { locale: 'en-gb' }, {}), { locale: 'en-GB' })
  t.match(await register('carol', { locale: null }, {}), { locale: null })
  t.match(await register('dave', {}, { 'accept-language': '*' }), { locale: null })
  t.match(await register('dora', {}, { 'accept-language': 'fr-CH, it' }), { locale: 'fr-CH' }, 'no texts for either')
  t.match(await register('erin', {}, bearer(token)), { locale: null }, 'the administrator speaks German, Erin may not')
  t.match(await register('frank', { locale: 'fr' }, bearer(token)), { locale: 'fr' })
  t.strictSame(await queued(app), ['de-AT', 'en-GB', null, null, 'fr-CH', null, 'fr'])
  t.match(await register('grace', { locale: 'de_DE' }, {}), { status: 400, errors: [{ pointer: '/locale' }] })
  const own = bearer((await logIn(app)).access_token)
  const patch = async (payload: object) =>
    (await app.inject({ method: 'PATCH', url: '/users/me', headers: own, payload })).json()
  t.match(await patch({ locale: 'DE' }), { locale: 'de' })
  t.match(await patch({ full_name: 'Alice' }), { locale: 'de' })
  for (const locale of ['de_DE', '', 'd'.repeat(36)])
    t.match(await patch({ locale }), { status: 400, errors: [{ pointer: '/locale' }] }, locale)
  t.match(await patch({ locale: null }), { locale: null })
})

t.test('A message that a request orders has the language of the account, or of the request', async t => {
  const { app } = await createApp(t, { emailCodes: 'on' })
  const { id } = await createVerifiedUser(app)
  const { access_token } = await logIn(app)
  await queued(app)
  const code = { response_type: 'code', ...createPkce().challenge }
  const headers = { 'accept-language': 'de-AT;q=0.9, fr;q=0.1' }
  async function orders() {
    for (const address of [email, 'nobody@example.com'])
      await app.inject({ method: 'POST', url: '/password/forgot', headers, payload: { email: address } })
    for (const username of ['alice', 'nobody'])
      await postForm(app, '/authorize-challenge', { ...code, username, factor: 'email_code' }, headers)
    const bearerHeaders = { ...headers, ...bearer(access_token) }
    const payload = { email: 'new@example.com', current_password: password }
    await app.inject({ method: 'PATCH', url: '/users/me', headers: bearerHeaders, payload })
    await app.inject({ method: 'POST', url: '/users/me/email/verify-request', headers: bearerHeaders })
    return queued(app)
  }
  const notice = null
  t.strictSame(await orders(), [...Array(4).fill('de-AT'), notice, 'de-AT', 'de-AT'])
  const to = (locale: string | null) =>
    app.db.users.update(
      id,
      { locale, pendingEmail: null, updatedAt: app.clock.now() },
      app.auditEvents.event('user.updated')
    )
  await to('fr')
  t.strictSame(await orders(), ['fr', 'de-AT', 'fr', 'de-AT', 'fr', 'fr', 'fr'], 'of no account: that of the request')
  await app.userAdmin.resetPassword(id, {})
  t.strictSame(await queued(app), ['fr'], 'ordered by an administrator')
})

t.test('An account that an ID token makes has the language of the request', async t => {
  const { app, idToken } = await createIdentityWorld(t)
  const form = { ...exchange, subject_token: idToken({ email, email_verified: false }) }
  await postForm(app, '/token', form, { 'accept-language': 'pt-br, de-CH' })
  t.match(await app.userAdmin.byIdOrName('alice'), { locale: 'de-CH' })
  t.strictSame(await queued(app), ['de-CH'])
})
