import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { StoreError } from '../../src/store/errors.ts'
import { createApp, createVerifiedUser, freshLogin, password, postForm } from '../support/app.ts'
import { createMailApp, linkIn } from '../support/mail-server.ts'
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

t.test('Every page is in the language of the account, or else of the browser', async t => {
  const world = await withAlice(t)
  const { app, alice, links, resetLink, speak, received } = world
  await app.users.register({ username: 'bob', password, email: 'bob@example.com' }, {})
  const [verify] = await links()
  await app.users.updateProfile(alice.id, { email: 'new@example.com' }, freshLogin)
  // The link to the new address is ordered at the same time.
  const undo = (await links()).find(({ path }) => path.startsWith('/undo'))
  world.clock.advance(60)
  await enrol(world)
  const [factor] = await links()
  const reset = await resetLink()
  for (const [link, asked, done, form] of [
    [verify, 'E-Mail-Adresse bestätigen', 'Ihre E-Mail-Adresse ist bestätigt', {}],
    [reset, 'Neues Passwort wählen', 'Ihr neues Passwort ist gesetzt', { new_password: next }],
    [factor, 'Hinzugefügtes entfernen', 'Hinzugefügtes ist entfernt', {}],
    [undo, 'E-Mail-Adresse wiederherstellen', 'Ihre E-Mail-Adresse ist wiederhergestellt', {}]
  ] as const) {
    const { path, token } = link as ReturnType<typeof linkIn>
    const url = path.replace(/\?.*/, '')
    const english = (await app.inject(path)).body
    t.equal(lang(english), 'en', url)
    const { body, headers } = await app.inject({ url: path, headers: german })
    t.strictSame([lang(body), heading(body)], ['de', asked])
    t.equal(headers.vary, 'Accept-Language')
    t.notMatch(body, /\{\{|undefined/)
    const answer = await postForm(app, url, { token, ...form }, german)
    t.strictSame([answer.statusCode, lang(answer.body), heading(answer.body)], [200, 'de', done])
    if (!url.startsWith('/undo')) continue
    const ordered = (await app.db.mail.due(app.clock.now(), 10)).filter(({ kind }) => kind === 'reset_password')
    t.match(
      ordered,
      [{ locale: 'de-AT' }],
      'the link that the page orders has the language of its request that has texts'
    )
    await received()
  }

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

t.test('An error has the text of its kind, in the language of the browser', async t => {
  const { app, resetLink } = await withAlice(t)
  const { path, token } = await resetLink()
  const said = async (answer: Promise<{ statusCode: number; body: string }>) => {
    const { statusCode, body } = await answer
    t.strictSame([lang(body), heading(body)], ['de', 'Etwas ist schiefgelaufen'])
    return [statusCode, /<\/h1>\n<p>(.*)<\/p>/.exec(body)?.[1]]
  }
  t.strictSame(await said(app.inject({ url: `${path}x`, headers: german })), [
    400,
    'Dieser Link ist ungültig, abgelaufen oder wurde bereits benutzt. Fordern Sie einen neuen an. Wenn Sie eingeladen wurden, bitten Sie die Administration um eine neue Einladung.'
  ])
  t.strictSame(await said(postForm(app, '/reset-password', { token }, german)), [
    400,
    'Der Server kann diese Anfrage nicht lesen. Öffnen Sie den Link in der Nachricht noch einmal.'
  ])
  const submit = () => said(postForm(app, '/reset-password', { token, new_password: next }, german))
  for (const [error, status, text] of [
    [
      new StoreError('unavailable', 'x'),
      503,
      'Der Server ist ausgelastet oder erreicht seine Datenbank nicht. Versuchen Sie es gleich noch einmal.'
    ],
    [
      new StoreError('conflict', 'x'),
      409,
      'Eine andere Anfrage hat dasselbe Konto geändert. Öffnen Sie den Link in der Nachricht noch einmal.'
    ],
    [
      new Error('x'),
      500,
      'Im Server ist ein Fehler aufgetreten. Die Ursache ist protokolliert. Versuchen Sie es später noch einmal.'
    ]
  ] as const) {
    app.passwords.hashNew = () => Promise.reject(error)
    t.strictSame(await submit(), [status, text])
  }
  let answer: unknown[] = []
  for (let tries = 0; tries < 40 && answer[0] !== 429; tries++) answer = await submit()
  t.strictSame(answer, [
    429,
    'Es gab zu viele Versuche. Warten Sie und öffnen Sie den Link in der Nachricht noch einmal.'
  ])
})

t.test('A page varies by language beside what CORS varies by (RFC 9110 §12.5.5)', async t => {
  const corsOrigins = ['https://app.example.com', 'https://example.org']
  const { app } = await createApp(t, { smtpUrl: 'smtp://127.0.0.1:9', corsOrigins })
  t.equal((await app.inject('/verify-email')).headers.vary, 'Origin, Accept-Language')
})

t.test('A page names the site: SITE_NAME, or the host of the issuer', async t => {
  for (const [siteName, site] of [
    [undefined, 'auth.example.com'],
    ['Example & <Sons>', 'Example &#38; &#60;Sons&#62;']
  ] as const) {
    const { app } = await createApp(t, { smtpUrl: 'smtp://127.0.0.1:9', ...(siteName && { siteName }) })
    const { body } = await app.inject('/verify-email')
    t.match(body, `<title>Something went wrong – ${site}</title>`)
    t.match(body, `<p class="site">${site}</p>`)
  }
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
