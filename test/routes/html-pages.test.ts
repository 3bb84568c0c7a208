import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { StoreError } from '../../src/store/errors.ts'
import { createApp, createVerifiedUser, freshLogin, logIn, password, postForm } from '../support/app.ts'
import { createIdentityWorld } from '../support/identities.ts'
import { createMailApp, linkIn, recipientOf, startMailServer } from '../support/mail-server.ts'
import { createToken } from '../support/personal-tokens.ts'
import { enrol } from '../support/second-factor.ts'

const next = 'purple monkey dishwasher lamp'
const email = 'alice@example.com'
const german = { 'accept-language': 'fr, de-AT;q=0.9, en;q=0.1' }

/** An app with alice, and the links of new messages to her in their order. */
async function withAlice(t: Test, settings: Partial<Config> = {}) {
  const world = await createMailApp(t, settings)
  const { app, received } = world
  const alice = await createVerifiedUser(app)
  await received()
  async function links() {
    return (await received()).filter(({ text }) => text?.includes('token=')).map(linkIn)
  }
  async function resetLink() {
    await app.passwordReset.request(email, { ip: '192.0.2.1' })
    const [link] = await links()
    return link as ReturnType<typeof linkIn>
  }
  const speak = (locale: string | null) =>
    app.db.users.update(alice.id, { locale, updatedAt: app.clock.now() }, app.auditEvents.event('user.updated'))
  return { ...world, alice, links, resetLink, speak }
}

const lang = (page: string) => /<html lang="([^"]*)">/.exec(page)?.[1]
const heading = (page: string) => /<h1>([^<]*)<\/h1>/.exec(page)?.[1]
const wayOn = (page: string) => /<a class="button" href="([^"]*)">([^<]*)<\/a>/.exec(page)?.slice(1)

/** An app with the account alice, and the links that she was mailed. */
async function withLinks(t: Test) {
  const made = await createMailApp(t)
  const { app, received } = made
  const user = await app.users.register({ username: 'alice', password, email }, {})
  await app.userAdmin.resetPassword(user.id, {})
  const messages = await received()
  const of = (start: string) => linkIn(messages.find(({ subject }) => subject?.startsWith(start)))
  return { ...made, user, verify: of('Confirm'), reset: of('Reset') }
}

/** Checks what every page must be: complete, uncached, and without a script. */
function assertPage(
  t: Test,
  answer: Awaited<ReturnType<typeof postForm>>,
  status: number,
  heading: string,
  language = 'en'
) {
  t.equal(answer.statusCode, status, heading)
  t.equal(answer.headers['content-type'], 'text/html; charset=utf-8', heading)
  t.equal(answer.headers['cache-control'], 'no-store', heading)
  t.equal(answer.headers['referrer-policy'], 'no-referrer', heading)
  t.equal(answer.headers.vary, 'Accept-Language', heading)
  t.match(answer.body, `<!doctype html><html lang="${language}">`, heading)
  t.match(answer.body, `<h1>${heading}</h1>`)
  t.notMatch(answer.body, /<script|javascript:|\son\w+=/, heading)
  t.match(answer.headers['content-security-policy'], styleHashOf(answer.body), heading)
}

const styleHashOf = (page: string) => {
  const style = /<style>([^<]*)<\/style>/.exec(page)?.[1]
  return `style-src 'sha256-${createHash('sha256').update(String(style)).digest('base64')}'`
}

t.test('Opening the page of a link changes nothing, pressing its button does, in each language', async t => {
  const world = await createMailApp(t)
  const { app, received, clock } = world
  const alice = await createVerifiedUser(app)
  const bob = await app.users.register({ username: 'bob', password, email: 'bob@example.com' }, {})
  const messages = await received()
  await enrol(world)
  clock.advance(1)
  const withTwoFactors = { session: { ...freshLogin.session, amr: ['pwd', 'otp', 'mfa'] } }
  await app.users.updateProfile(alice.id, { email: 'new@example.com' }, withTwoFactors)
  messages.push(...(await received()))
  const of = (start: string, to = email) =>
    linkIn(messages.find(message => message.subject?.startsWith(start) && recipientOf(message).includes(to)))
  t.match((await app.inject(of('Confirm', 'new@example.com').path)).body, '<dd>new@example.com</dd>', 'pending')

  for (const [url, { id, username }, link, [asked, gefragt, getan], changed] of [
    [
      ...(['/verify-email', bob, of('Confirm', 'bob@example.com')] as const),
      ['Confirm your e-mail address', 'E-Mail-Adresse bestätigen', 'Ihre E-Mail-Adresse ist bestätigt'],
      { emailVerified: true }
    ],
    [
      ...(['/undo-email-change', alice, of('Your e-mail address')] as const),
      ['Restore your e-mail address', 'E-Mail-Adresse wiederherstellen', 'Ihre E-Mail-Adresse ist wiederhergestellt'],
      { email, pendingEmail: null }
    ],
    [
      ...(['/undo-factor', alice, of('A second')] as const),
      ['Remove what was added', 'Hinzugefügtes entfernen', 'Hinzugefügtes ist entfernt'],
      { secondFactorAt: null }
    ],
    [
      ...(['/reset-password', alice, undefined] as const),
      ['Choose a new password', 'Neues Passwort wählen', 'Ihr neues Passwort ist gesetzt'],
      { passwordHash: /^\$/ }
    ]
  ] as const) {
    // The undoing of a change orders a link for a password, in a language of its request that has texts.
    const { link: href, path, token } = link ?? linkIn((await received()).at(-1))
    t.equal(href.href, `https://auth.example.com${url}?token=${token}`)
    const before = await app.userAdmin.byId(id)
    for (const method of ['HEAD', 'GET'] as const) t.equal((await app.inject({ method, url: path })).statusCode, 200)
    const shown = await app.inject(path)
    assertPage(t, shown, 200, asked)
    t.match(shown.body, username)
    t.notMatch(shown.body, /new@example.com|\{\{|undefined/)
    assertPage(t, await app.inject({ url: path, headers: german }), 200, gefragt, 'de')
    t.strictSame(await app.userAdmin.byId(id), before)

    const form = { token, ...(url === '/reset-password' && { new_password: next }) }
    assertPage(t, await postForm(app, url, form, german), 200, getan, 'de')
    t.match(await app.userAdmin.byId(id), changed)
    for (const late of [await app.inject(path), await postForm(app, url, form)])
      assertPage(t, late, 400, 'Something went wrong')
    if (!url.startsWith('/undo')) continue
    const ordered = (await app.db.mail.due(clock.now(), 10)).filter(({ kind }) => kind === 'reset_password')
    t.match(ordered, [{ locale: 'de-AT' }])
    if (url === '/undo-email-change') await received()
  }
  t.ok((await logIn(app, { password: next })).access_token)
})

t.test('A page is in the language of the account before that of the browser', async t => {
  const { app, resetLink, speak } = await withAlice(t)
  await speak('de-AT')
  const { path, token } = await resetLink()
  t.equal(lang((await app.inject({ url: path, headers: { 'accept-language': 'en' } })).body), 'de')
  const refused = await postForm(app, '/reset-password', { token, new_password: 'short' }, { 'accept-language': 'en' })
  t.match(refused.body, 'role="alert">Dieses Passwort hat weniger als 15 Zeichen.</p>')
  t.match(refused.body, '<title>Fehler: Neues Passwort wählen – auth.example.com</title>')
  await speak('fr')
  t.equal(lang((await app.inject({ url: path, headers: german })).body), 'de', 'the next best, without French texts')
  t.equal(lang((await app.inject({ url: path })).body), 'en')
})

t.test('The page for a password deletes tokens and unlinks accounts elsewhere if their boxes are checked', async t => {
  const { url, messages } = await startMailServer(t)
  const { app, exchangeFor } = await createIdentityWorld(t, { smtpUrl: url })
  await createToken(app, (await exchangeFor({ email })).json().access_token)
  const user = await app.userAdmin.byIdOrName('alice')
  const verified = { emailVerified: true, updatedAt: app.clock.now() }
  await app.db.users.update(user.id, verified, app.auditEvents.event('user.email_verified'))
  await app.passwordReset.request(email, { ip: '192.0.2.1' })
  await app.deliverMail()
  const { path, token } = linkIn(messages.find(({ subject }) => subject?.startsWith('Reset')))
  const boxes = ['delete_tokens', 'unlink_identities']
  const form = { token, ...Object.fromEntries(boxes.map(name => [name, 'true'])) }
  const page = (await app.inject(path)).body
  const refused = await postForm(app, '/reset-password', { ...form, new_password: 'short' })
  assertPage(t, refused, 400, 'Choose a new password')
  for (const name of boxes) {
    t.match(page, `<input name="${name}" type="checkbox" value="true">`)
    t.match(refused.body, `<input name="${name}" type="checkbox" value="true" checked>`)
  }
  const left = async () => [(await app.personalTokens.list(user)).length, (await app.identities.list(user)).length]
  t.strictSame(await left(), [1, 1])
  const done = await postForm(app, '/reset-password', { ...form, new_password: next })
  assertPage(t, done, 200, 'Your new password is set')
  t.strictSame(await left(), [0, 0])
})

t.test('A page runs no script, cannot be framed, and sends its form to this server only (CSP 3)', async t => {
  const { app, verify, reset } = await withLinks(t)
  for (const { path } of [verify, reset]) {
    const { headers, body } = await app.inject(path)
    t.equal(
      headers['content-security-policy'],
      `default-src 'none';${styleHashOf(body)};img-src data:;base-uri 'none';form-action 'self';frame-ancestors 'none'`
    )
    t.equal(headers['x-frame-options'], 'DENY')
    t.ok(headers['permissions-policy'])
  }
  assertPage(t, await app.inject(verify.path), 200, 'Confirm your e-mail address')
  assertPage(t, await app.inject(reset.path), 200, 'Choose a new password')
})

t.test('An invalid link is reported on a page, for every reason', async t => {
  const { app, verify, reset } = await withLinks(t)
  const text =
    'This link is invalid, has expired or was already used. Request a new one. If you were invited, ask the administrator for another invitation.'
  for (const [name, sent] of Object.entries({
    'no token': app.inject('/verify-email'),
    'an empty one': app.inject('/reset-password?token='),
    'another purpose': app.inject(`/verify-email?token=${reset.token}`),
    'half of it': app.inject(reset.path.slice(0, -1)),
    'one letter too many, posted': postForm(app, '/verify-email', `token=${verify.token}x`),
    'another purpose, posted': postForm(app, '/reset-password', { token: verify.token, new_password: next })
  })) {
    const answer = await sent
    assertPage(t, answer, 400, 'Something went wrong')
    t.match(answer.body, `<p>${text}</p>`, name)
  }
})

t.test('A form that no page of this server could send is refused with a page', async t => {
  const { app, verify } = await withLinks(t)
  const { token } = verify
  const json = { method: 'POST', url: '/verify-email', payload: { token } } as const
  for (const [answer, status] of [
    [await app.inject(json), 415],
    [await postForm(app, '/verify-email', {}), 400],
    [await postForm(app, '/verify-email', `token=${token}&token=${token}`), 400],
    [await app.inject(`/verify-email?token=${token}&token=${token}`), 400],
    [await postForm(app, '/reset-password', { token }), 400],
    [await postForm(app, '/reset-password', { token: 'x'.repeat(17_000) }), 413]
  ] as const)
    assertPage(t, answer, status, 'Something went wrong')
  const { statusCode, headers } = await app.inject({ method: 'DELETE', url: '/verify-email' })
  t.match([statusCode, headers], [405, { allow: 'GET, HEAD, POST' }])
  t.match(await app.userAdmin.byIdOrName('alice'), { emailVerified: false })
})

t.test('A refused password is reported at its field, and the link still works', async t => {
  const { app, reset } = await withLinks(t)
  const { token } = reset
  const refused = await postForm(app, '/reset-password', { token, new_password: 'short', username: '<i>mallory</i>' })
  assertPage(t, refused, 400, 'Choose a new password')
  t.match(refused.body, '<title>Error: Choose a new password – auth.example.com</title>')
  t.match(refused.body, '<p class="error" id="error" role="alert">This password has fewer than 15 characters.</p>')
  t.match(refused.body, 'value="alice"', 'the account is that of the token')
  t.notMatch(refused.body, 'short"', 'and the password is not in the page')
  for (const [text, said] of [
    ['a'.repeat(1025), 'This password is longer than 1,024 bytes.'],
    ['\u{1f511}'.repeat(14), 'This password has fewer than 15 characters.']
  ] as const) {
    const { body } = await postForm(app, '/reset-password', { token, new_password: text })
    t.match(body, `role="alert">${said}</p>`)
  }
  t.equal((await postForm(app, '/reset-password', { token, new_password: next })).statusCode, 200)
})

t.test('Any user name is escaped on a page', async t => {
  const { app, received } = await createMailApp(t)
  const username = `"><script>alert('1&2')</script>`
  await app.users.register({ username, password, email }, {})
  await app.passwordReset.request(email, { ip: '192.0.2.1' })
  for (const message of await received()) {
    t.notMatch(message.text, 'script', 'no message contains it')
    const { body } = await app.inject(linkIn(message).path)
    t.match(body, '&#34;&#62;&#60;script&#62;alert(&#39;1&#38;2&#39;)&#60;/script&#62;')
    t.notMatch(body, '<script')
  }
})

t.test('An error has the text of its kind, in the language of the browser', async t => {
  const { app, resetLink } = await withAlice(t)
  const { path, token } = await resetLink()
  async function assertSaid(answer: ReturnType<typeof postForm>, status: number, text: RegExp) {
    const { statusCode, body, headers } = await answer
    t.strictSame([statusCode, lang(body), heading(body)], [status, 'de', 'Etwas ist schiefgelaufen'])
    t.match(/<\/h1>\n<p>(.*)<\/p>/.exec(body)?.[1], text)
    return headers
  }
  const submit = () => postForm(app, '/reset-password', { token, new_password: next }, german)
  await assertSaid(app.inject({ url: `${path}x`, headers: german }), 400, /^Dieser Link ist ungültig, .* Einladung\.$/)
  await assertSaid(
    postForm(app, '/reset-password', { token }, german),
    400,
    /^Der Server kann diese Anfrage nicht lesen/
  )
  for (const [error, status, text] of [
    [new StoreError('unavailable', 'x'), 503, /^Der Server ist ausgelastet oder erreicht seine Datenbank nicht/],
    [new StoreError('conflict', 'x'), 409, /^Eine andere Anfrage hat dasselbe Konto geändert/],
    [new Error('x'), 500, /^Im Server ist ein Fehler aufgetreten. Die Ursache ist protokolliert/]
  ] as const) {
    app.passwords.hashNew = () => Promise.reject(error)
    await assertSaid(submit(), status, text)
  }
  for (let tries = 0; tries < 40 && (await submit()).statusCode !== 429; tries++);
  t.match(await assertSaid(submit(), 429, /^Es gab zu viele Versuche/), { 'retry-after': /^\d+$/ })
})

t.test('A page names the site (SITE_NAME), and varies by language beside what CORS varies by', async t => {
  const corsOrigins = ['https://app.example.com', 'https://example.org']
  const settings = { smtpUrl: 'smtp://127.0.0.1:9', corsOrigins, siteName: 'Example & <Sons>' }
  const { app } = await createApp(t, settings)
  const { body, headers } = await app.inject('/verify-email')
  t.equal(headers.vary, 'Origin, Accept-Language')
  const site = 'Example &#38; &#60;Sons&#62;'
  t.match(body, `<title>Something went wrong – ${site}</title>`)
  t.match(body, `<p class="site">${site}</p>`)
})

t.test('The last page of a link leads on (setting LINK_AFTER), and one that asks does not', async t => {
  for (const [settings, expected] of [
    [
      { linkAfter: 'https://app.example.com/a?b="c"&d' },
      ['https://app.example.com/a?b=&#34;c&#34;&#38;d', 'Continue to app.example.com']
    ],
    [{ console: 'on' }, ['https://auth.example.com/console/', 'Continue to auth.example.com']],
    [{ console: 'off' }, undefined]
  ] as const) {
    const { app, resetLink } = await withAlice(t, settings)
    const { path, token } = await resetLink()
    t.equal(wayOn((await app.inject(path)).body), undefined)
    const form = { token, new_password: 'short' }
    t.equal(wayOn((await postForm(app, '/reset-password', form)).body), undefined)
    t.strictSame(wayOn((await postForm(app, '/reset-password', { ...form, new_password: next })).body), expected)
    t.strictSame(wayOn((await app.inject(path)).body), expected, 'the link was used')
    t.equal(wayOn((await postForm(app, '/reset-password', { token })).body), undefined, 'it may still work')
  }
})
