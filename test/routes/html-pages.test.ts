import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { OAuthError } from '../../src/errors.ts'
import { createVerifiedUser, freshLogin, logIn, password, postForm } from '../support/app.ts'
import { createIdentityWorld } from '../support/identities.ts'
import { createMailApp, linkIn, startMailServer } from '../support/mail-server.ts'
import { createToken } from '../support/personal-tokens.ts'
import { enrol } from '../support/second-factor.ts'

const next = 'purple monkey dishwasher lamp'
const email = 'alice@example.com'

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
function assertPage(t: Test, answer: Awaited<ReturnType<typeof postForm>>, status: number, heading: string) {
  t.equal(answer.statusCode, status, heading)
  t.equal(answer.headers['content-type'], 'text/html; charset=utf-8', heading)
  t.equal(answer.headers['cache-control'], 'no-store', heading)
  t.equal(answer.headers['referrer-policy'], 'no-referrer', heading)
  t.equal(answer.headers.vary, 'Accept-Language', heading)
  t.match(answer.body, /^<!doctype html><html lang="en">/, heading)
  t.match(answer.body, `<h1>${heading}</h1>`)
  t.notMatch(answer.body, /<script|javascript:|\son\w+=/, heading)
  t.match(answer.headers['content-security-policy'], styleHashOf(answer.body), heading)
}

const styleHashOf = (page: string) => {
  const style = /<style>([^<]*)<\/style>/.exec(page)?.[1]
  return `style-src 'sha256-${createHash('sha256').update(String(style)).digest('base64')}'`
}

t.test('Opening the page of a link changes nothing, pressing its button does', async t => {
  const { app, verify, reset } = await withLinks(t)
  const before = await app.userAdmin.byIdOrName('alice')
  for (const { path } of [verify, reset]) {
    for (const method of ['GET', 'HEAD', 'GET'] as const)
      t.equal((await app.inject({ method, url: path })).statusCode, 200, `${method} ${path}`)
  }
  t.strictSame(await app.userAdmin.byIdOrName('alice'), before)

  const verified = await postForm(app, '/verify-email', { token: verify.token })
  assertPage(t, verified, 200, 'Your e-mail address is confirmed')
  t.match(await app.userAdmin.byIdOrName('alice'), { emailVerified: true })
  const set = await postForm(app, '/reset-password', { token: reset.token, new_password: next })
  assertPage(t, set, 200, 'Your new password is set')
  t.ok((await logIn(app, { password: next })).access_token)

  for (const { path } of [verify, reset]) assertPage(t, await app.inject(path), 400, 'Something went wrong')
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

t.test('Opening the page of a link that undoes a change changes nothing, pressing its button does', async t => {
  const world = await createMailApp(t)
  const { app, received, clock } = world
  const user = await createVerifiedUser(app)
  await received()
  await enrol(world)
  clock.advance(1)
  const withTwoFactors = { session: { ...freshLogin.session, amr: ['pwd', 'otp', 'mfa'] } }
  await app.users.updateProfile(user.id, { email: 'new@example.com' }, withTwoFactors)
  const messages = await received()
  const of = (start: string) => linkIn(messages.find(({ subject }) => subject?.startsWith(start)))
  t.match((await app.inject(of('Confirm').path)).body, '<dd>new@example.com</dd>', 'the pending address')
  for (const [url, subject, asked, done, changed] of [
    [
      ...[
        '/undo-email-change',
        'Your e-mail address',
        'Restore your e-mail address',
        'Your e-mail address is restored'
      ],
      { email, pendingEmail: null }
    ],
    [...['/undo-factor', 'A second', 'Remove what was added', 'What was added is removed'], { secondFactorAt: null }]
  ] as [string, string, string, string, object][]) {
    const { link, path, token } = of(subject)
    t.equal(link.href, `https://auth.example.com${url}?token=${token}`)
    const before = await app.userAdmin.byId(user.id)
    for (const method of ['GET', 'HEAD', 'GET'] as const)
      t.equal((await app.inject({ method, url: path })).statusCode, 200)
    const shown = await app.inject(path)
    assertPage(t, shown, 200, asked)
    t.match(shown.body, /<dd>alice<\/dd>[\s\S]*<dd>alice@example\.com<\/dd>/)
    t.notMatch(shown.body, 'new@example.com')
    t.strictSame(await app.userAdmin.byId(user.id), before)

    assertPage(t, await postForm(app, url, { token }), 200, done)
    t.match(await app.userAdmin.byId(user.id), changed)
    for (const late of [await app.inject(path), await postForm(app, url, { token })])
      assertPage(t, late, 400, 'Something went wrong')
  }
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

t.test('Other errors are reported on a page as well, with its headers', async t => {
  const { app, reset } = await withLinks(t)
  app.passwords.hashNew = async () => {
    const headers = { 'Retry-After': '1' }
    throw new OAuthError('temporarily_unavailable', 'Too many logins at once.', { status: 503, headers })
  }
  const answer = await postForm(app, '/reset-password', { token: reset.token, new_password: next })
  assertPage(t, answer, 503, 'Something went wrong')
  t.equal(answer.headers['retry-after'], '1')
  t.match(answer.body, '<p>The server is busy, or cannot reach its database. Try again in a moment.</p>')
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

t.test('Another method of a page is 405 (RFC 9110 §15.5.6)', async t => {
  const { app } = await createMailApp(t)
  for (const url of ['/verify-email', '/reset-password']) {
    const answer = await app.inject({ method: 'DELETE', url })
    t.equal(answer.statusCode, 405)
    t.equal(answer.headers.allow, 'GET, HEAD, POST')
  }
})
