import { test } from 'tap'
import { logIn, password } from '../support/app.ts'
import { createCli, withService } from '../support/cli.ts'
import { linkIn, recipientOf, startMailServer } from '../support/mail-server.ts'
import { select } from '../support/select.ts'

const invite = ['users', 'invite', 'carol', '--email', 'carol@example.com']
const next = 'purple monkey dishwasher lamp'

test('users invite creates an account without a password, and its address gets the link', async t => {
  const { url, messages } = await startMailServer(t)
  const { sallyport, env } = createCli(t, { SMTP_URL: url })
  t.same(await sallyport(['users', 'invite', 'Carol', '--email', 'Carol@example.com']), {
    code: 0,
    out: 'carol is created. An invitation is queued for carol@example.com.\n',
    err: ''
  })
  t.equal((await sallyport(['users', 'list', '--invited'])).out.split('\n').length, 3)
  await withService(env, async app => {
    await app.deliverMail()
    t.match(messages.map(recipientOf), [['carol@example.com']])
    await app.passwordReset.complete({ token: linkIn(messages[0]).token, new_password: next }, {})
    t.match(await logIn(app, { username: 'carol', password: next }), { token_type: 'Bearer' })
  })
  t.equal((await sallyport(['users', 'list', '--invited'])).out, '(none)\n')
})

test('users invite prints the link where there is no mail server', async t => {
  const { sallyport, env } = createCli(t, { ISSUER: 'https://auth.example.com' })
  const linkIn = (out: string) => /^https:\/\/auth\.example\.com\/reset-password\?token=([\w-]{43})$/m.exec(out)?.[1]
  const handOver =
    'SMTP_URL is not set, so nothing is mailed. Hand over this link, which chooses the password once, within 7 days:'
  const first = await sallyport(invite)
  t.equal(first.out.split('\n')[0], `carol is created. ${handOver}`)
  const again = await sallyport(invite)
  t.equal(again.out.split('\n')[0], `carol is invited already. ${handOver}`)
  const { invitation_link } = JSON.parse((await sallyport([...invite, '--json'])).out)
  t.equal(new Set([first.out, again.out, String(invitation_link)].map(linkIn)).size, 3)
  await withService(env, async app => {
    await app.passwordReset.complete({ token: String(linkIn(first.out)), new_password: next }, {})
    t.match(await logIn(app, { username: 'carol', password: next }), { token_type: 'Bearer' })
  })
})

test('users invite sends another message to an account that is invited at the same address', async t => {
  const { sallyport, env } = createCli(t, { SMTP_URL: 'smtp://127.0.0.1:9' })
  const rows = (columns: string, table: string) => select(String(env.DATABASE_URL), `SELECT ${columns} FROM ${table}`)
  const more = ['--full-name', 'Carol Danvers', '--locale', 'de', '--scopes', 'me, users:read', '--json']
  const created = JSON.parse((await sallyport([...invite, ...more])).out)
  t.match(created, { full_name: 'Carol Danvers', locale: 'de', scopes: ['me', 'users:read'], invited_at: String })
  t.same(await sallyport(['users', 'invite', 'CAROL', '--email', 'CAROL@example.com', '--scopes', 'me']), {
    code: 0,
    out: 'carol is invited already. Another invitation is queued for carol@example.com; nothing else has changed.\n',
    err: ''
  })
  t.same(JSON.parse((await sallyport([...invite, '--json'])).out), created)
  const invitation = { kind: 'invitation', locale: 'de' }
  t.same(await rows('kind, locale', 'mail'), [invitation, invitation, invitation])
  t.same(JSON.parse((await sallyport(['users', 'list', '--invited', '--json'])).out), [created])
})

test('users invite refuses a name that is taken, and an address that is not valid', async t => {
  const { sallyport } = createCli(t)
  const taken = { code: 1, out: '', err: 'This username is taken.\n' }
  await sallyport(['users', 'create', 'alice', '--email', 'alice@example.com', '--password-stdin'], password)
  t.same(await sallyport(['users', 'invite', 'alice', '--email', 'alice@example.com']), taken)
  await sallyport(invite)
  t.same(await sallyport(['users', 'invite', 'carol', '--email', 'other@example.com']), taken)
  await sallyport(['users', 'set-password', 'carol', '--password-stdin'], password)
  t.same(await sallyport(invite), taken, 'her password has been chosen')
  t.match(await sallyport(['users', 'invite', 'dave', '--email', 'x']), { code: 1, err: /\/email/ })
  const german = ['--email', 'dave@example.com', '--locale', 'de_DE']
  t.match(await sallyport(['users', 'invite', 'dave', ...german]), { code: 1, err: /\/locale is not a language tag/ })
  t.match(await sallyport(['users', 'invite', 'dave']), { code: 2, err: /--email/ })
})

test('users invite is refused past ten messages to one address, and creates nothing', async t => {
  const { sallyport } = createCli(t)
  for (let n = 0; n < 10; n++) t.equal((await sallyport(invite)).code, 0)
  t.match(await sallyport(invite), { code: 1, err: /Try again in \d+ s/ })
  t.match(await sallyport(['users', 'invite', 'dave', '--email', 'carol@example.com']), { code: 1 })
  t.equal((await sallyport(['users', 'show', 'dave'])).code, 1)
})
