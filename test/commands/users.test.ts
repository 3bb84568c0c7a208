import { test } from 'tap'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { logIn, password } from '../support/app.ts'
import { createCli, type Outcome, withService } from '../support/cli.ts'
import { recipientOf, startMailServer } from '../support/mail-server.ts'
import { everyScope } from '../support/metadata.ts'
import { addCopies, event, execute, newUser } from '../support/store.ts'

const fromStdin = '--password-stdin'
/** The usernames in the JSON that a command has printed. */
const names = ({ out }: Outcome) => JSON.parse(out).map(({ username }: { username: string }) => username)

test('users create creates an account that can log in, and never shows its hash', async t => {
  const { sallyport, env } = createCli(t)
  const { code, out, err } = await sallyport(
    [
      ...['users', 'create', 'Alice', '--email', 'Alice@example.com', '--full-name', 'Alice Liddell'],
      ...['--locale', 'en-gb', fromStdin, '--json']
    ],
    `${password}\n`
  )
  t.same([code, err], [0, ''])
  const user = JSON.parse(out)
  t.match(user, {
    username: 'alice',
    email: 'alice@example.com',
    email_verified: false,
    pending_email: null,
    full_name: 'Alice Liddell',
    locale: 'en-GB',
    disabled: false,
    scopes: ['me']
  })
  t.notMatch(out, 'bcrypt')
  await withService(env, async app => t.match(await logIn(app), { token_type: 'Bearer', scope: 'me' }))
  const shown = await sallyport(['users', 'show', 'ALICE'])
  t.equal(
    shown.out,
    [
      `id              ${user.id}`,
      'username        alice',
      'email           alice@example.com',
      'email_verified  false',
      'pending_email   -',
      'full_name       Alice Liddell',
      'locale          en-GB',
      'disabled        false',
      'scopes          me',
      'data            {}',
      'claims          {}',
      'invited_at      -',
      `created_at      ${user.created_at}`,
      `updated_at      ${user.updated_at}`,
      ''
    ].join('\n')
  )
  t.same(JSON.parse((await sallyport(['users', 'show', user.id, '--json'])).out), user)
})

test('users create --admin grants every built-in scope', async t => {
  const { sallyport } = createCli(t)
  const { out } = await sallyport(['users', 'create', 'root', '--admin', fromStdin, '--json'], password)
  t.same(JSON.parse(out).scopes, adminScopes)
  t.same(adminScopes, everyScope)
})

test('users refuses an invalid account on standard error with 1', async t => {
  const { sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', fromStdin], password)
  const invalid = 'The request is not valid: '
  for (const [args, input, message] of [
    [['create', 'alice', fromStdin], password, 'This username is taken.\n'],
    [['create', 'a@b', fromStdin], password, `${invalid}/username must not contain @`],
    [['create', 'bob', '--full-name', 'Bob\u200b', fromStdin], password, `${invalid}/full_name contains an invisible`],
    [['create', 'bob', fromStdin], '', `${invalid}/password is shorter than 15 characters.\n`],
    [['create', 'bob', fromStdin], `${password}\n${password}\n`, `${invalid}/password contains a control`],
    [['create', 'robert', fromStdin], 'here comes Robert again', `${invalid}/password contains the user`],
    [['set-password', 'alice', fromStdin], 'password1234567', `${invalid}/password is too common`],
    [['set-password', 'alice', fromStdin], 'here comes Alice again', `${invalid}/password contains the`],
    [['set-password', 'mallory', fromStdin], password, 'There is no user mallory.\n'],
    ...['show', 'delete', 'reset-password'].map(name => [[name, 'mallory'], '', 'There is no user mallory.\n'] as const)
  ] as const) {
    const { code, out, err } = await sallyport(['users', ...args], input)
    t.same([code, out], [1, ''], args.join(' '))
    t.ok(err.startsWith(message), err)
  }
})

test('users list --limit lists the first accounts only', async t => {
  const { sallyport } = createCli(t)
  for (const name of ['carol', 'alice', 'bob']) await sallyport(['users', 'create', name, fromStdin], password)
  const listed = async (limit: string) => names(await sallyport(['users', 'list', '--json', '--limit', limit]))
  t.same(await listed('2'), ['alice', 'bob'])
  t.same(await listed('9'), ['alice', 'bob', 'carol'])
  for (const limit of ['0', '-1', 'x', '1.5'])
    t.same(await sallyport(['users', 'list', `--limit=${limit}`]), {
      code: 2,
      out: '',
      err: `--limit must be a number of accounts, not ${limit}.\n`
    })
})

test('users list prints a table for people and JSON for scripts', async t => {
  const { sallyport } = createCli(t)
  t.equal((await sallyport(['users', 'list'])).out, '(none)\n')
  t.equal((await sallyport(['users', 'list', '--json'])).out, '[]\n')
  await sallyport(['users', 'create', 'bob', fromStdin], password)
  await sallyport(['users', 'create', 'alexandra', '--email', 'a@example.com', '--admin', fromStdin], password)
  const all = JSON.parse((await sallyport(['users', 'list', '--json'])).out)
  t.match(all, [{ username: 'alexandra', email_verified: false }, { username: 'bob' }])
  t.equal(
    (await sallyport(['users', 'list'])).out,
    [
      `username   email          ${'scopes'.padEnd(adminScopes.join(' ').length)}  disabled  created_at                invited_at`,
      `alexandra  a@example.com  ${adminScopes.join(' ')}  false     ${all[0].created_at}  -`,
      `bob        -              ${'me'.padEnd(adminScopes.join(' ').length)}  false     ${all[1].created_at}  -`,
      ''
    ].join('\n')
  )
})

test('users list prints every account, over any number of pages', async t => {
  const { sallyport, env } = createCli(t)
  const { id } = JSON.parse((await sallyport(['users', 'create', 'alice', fromStdin, '--json'], password)).out)
  await addCopies(String(env.DATABASE_URL), 'users', { id, count: 501, username: "'user-' || (1000 + n)" })
  t.same(names(await sallyport(['users', 'list', '--json'])), [
    'alice',
    ...Array.from({ length: 501 }, (_, n) => `user-${1000 + n}`)
  ])
})

test('users set-password sets it and ends every session', async t => {
  const { sallyport, env } = createCli(t)
  await sallyport(['users', 'create', 'alice', fromStdin], password)
  await withService(env, logIn)
  t.equal(JSON.parse((await sallyport(['sessions', 'list', 'alice', '--json'])).out).length, 1)
  t.same(await sallyport(['users', 'set-password', 'alice', fromStdin], 'a brand new password\r\n'), {
    code: 0,
    out: 'alice has a new password, and every login has ended.\n',
    err: ''
  })
  t.equal((await sallyport(['sessions', 'list', 'alice'])).out, '(none)\n')
  await withService(env, async app => {
    t.match(await logIn(app), { error: 'invalid_grant' })
    t.match(await logIn(app, { password: 'a brand new password' }), { token_type: 'Bearer' })
  })
  const { out } = await sallyport(['users', 'set-password', 'alice', fromStdin, '--json'], password)
  t.match(JSON.parse(out), { username: 'alice' })
})

test('users set-password succeeds even when the id is the username of another account', async t => {
  const { sallyport, env } = createCli(t)
  const { id } = JSON.parse((await sallyport(['users', 'create', 'alice', fromStdin, '--json'], password)).out)
  // As created before such names were refused.
  await withService(env, app => app.db.users.insert(newUser(id, { email: null }), event('user.created')))
  const { code, out } = await sallyport(['users', 'set-password', 'alice', fromStdin, '--json'], 'a brand new password')
  t.same([code, JSON.parse(out).id], [0, id])
})

test('The running server sends the messages that a command queues for a user', async t => {
  const mail = await startMailServer(t)
  const { sallyport, env } = createCli(t, { SMTP_URL: mail.url })
  await sallyport(['users', 'create', 'alice', '--email', 'alice@example.com', fromStdin], password)
  await sallyport(['users', 'set-password', 'alice', fromStdin], 'a brand new password')
  t.same(mail.messages, [], 'a command sends no mail itself')
  await withService(env, app => app.deliverMail())
  t.same(mail.messages.flatMap(recipientOf), ['alice@example.com', 'alice@example.com'])
  t.same(mail.messages.map(({ subject }) => subject?.split(' for ')[0]).sort(), [
    'Confirm your e-mail address',
    'Your password'
  ])
})

test('users list filters by the beginning of username or address, and by disabled', async t => {
  const { sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', fromStdin], password)
  await sallyport(['users', 'create', 'bob', '--email', 'alfred@example.com', fromStdin], password)
  await sallyport(['users', 'create', 'carol', fromStdin], password)
  await sallyport(['users', 'update', 'bob', '--disable'])
  for (const [options, found] of [
    [['--q', 'AL'], 'alice bob'],
    [['--disabled'], 'bob'],
    [['--enabled'], 'alice carol'],
    [['--q', 'al', '--enabled'], 'alice']
  ] as const)
    t.equal(names(await sallyport(['users', 'list', '--json', ...options])).join(' '), found)
  t.equal((await sallyport(['users', 'list', '--disabled', '--enabled'])).code, 2)
})

test('users create --scopes grants these scopes, and cannot be combined with --admin', async t => {
  const { sallyport } = createCli(t)
  const create = (...args: string[]) => sallyport(['users', 'create', 'alice', fromStdin, ...args, '--json'], password)
  t.equal((await create('--admin', '--scopes', 'me')).code, 2)
  t.match(await create('--scopes', 'me,a"b'), { code: 1, err: /\/scopes must contain only/ })
  t.same(JSON.parse((await create('--scopes', 'me, users:read')).out).scopes, ['me', 'users:read'])
})

test('users remove-factors removes every second factor and ends every session', async t => {
  const { sallyport, env } = createCli(t)
  await sallyport(['users', 'create', 'alice', fromStdin], password)
  t.match(await sallyport(['users', 'remove-factors', 'alice'], 'y\n'), {
    code: 1,
    err: 'This account has no second factor.\n'
  })
  await execute(String(env.DATABASE_URL), 'UPDATE users SET second_factor_at = 1')
  t.match(await sallyport(['users', 'remove-factors', 'Alice']), {
    code: 0,
    out: 'alice has no second factor, and every login has ended.\n'
  })
  t.match(await sallyport(['users', 'remove-factors', 'alice']), { code: 1 })
})

test('users reset-password invalidates the password and ends every session', async t => {
  const { sallyport, env } = createCli(t)
  await sallyport(['users', 'create', 'alice', fromStdin], password)
  await withService(env, logIn)
  t.same(await sallyport(['users', 'reset-password', 'Alice']), {
    code: 0,
    out: 'The password of alice no longer works, and every login has ended. No link is mailed, because the account has no verified e-mail address: run `sallyport users set-password alice`.\n',
    err: ''
  })
  t.equal((await sallyport(['sessions', 'list', 'alice'])).out, '(none)\n')
  await withService(env, async app => t.match(await logIn(app), { error: 'invalid_grant' }))
  t.match(JSON.parse((await sallyport(['users', 'reset-password', 'alice', '--json'])).out), { username: 'alice' })
  await sallyport(['users', 'create', 'bob', fromStdin, '--email', 'bob@example.com'], password)
  t.equal(
    (await sallyport(['users', 'reset-password', 'bob'])).out,
    'The password of bob no longer works, and every login has ended. A link to choose a new password is queued for bob@example.com.\n',
    'because the account has never been used'
  )
})

test('users delete deletes the account', async t => {
  const { sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', fromStdin], password)
  t.same(await sallyport(['users', 'delete', 'Alice']), { code: 0, out: 'alice is deleted.\n', err: '' })
  t.equal((await sallyport(['users', 'list', '--json'])).out, '[]\n')
  const { id } = JSON.parse((await sallyport(['users', 'create', 'alice', fromStdin, '--json'], password)).out)
  t.same(JSON.parse((await sallyport(['users', 'delete', 'alice', '--json'])).out), { id, deleted: true })
})
