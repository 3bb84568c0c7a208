import { test } from 'tap'
import { createCli } from '../support/cli.ts'

const web = ['clients', 'create', 'web', '--public', '--grants', 'password, refresh_token,password', '--scopes', 'me,']
const kind = ['--confidential', '--grants', 'client_credentials', '--scopes', 'introspect']
const reports = ['clients', 'create', 'reports', ...kind]

test('clients create registers a public client without a secret', async t => {
  const { sallyport } = createCli(t)
  const { code, out, err } = await sallyport([...web, '--json'])
  t.same([code, err], [0, ''])
  const client = JSON.parse(out)
  t.match(client, {
    client_id: /^c_/,
    name: 'web',
    type: 'public',
    grants: ['password', 'refresh_token'],
    scopes: ['me'],
    disabled: false
  })
  t.notOk('client_secret' in client)
})

test('The secret of a confidential client is shown once, and a new one replaces it', async t => {
  const { sallyport } = createCli(t)
  const created = await sallyport(reports)
  const [, secret] = /^client_secret +([\w-]{43})$/m.exec(created.out) ?? []
  t.ok(secret)
  const shown = await sallyport(['clients', 'show', 'reports'])
  t.match(shown.out, /^type +confidential$/m)
  t.notMatch(shown.out, 'client_secret')
  const { client_id, client_secret } = JSON.parse(
    (await sallyport(['clients', 'rotate-secret', 'reports', '--json'])).out
  )
  t.not(client_secret, secret)
  t.match(JSON.parse((await sallyport(['clients', 'show', client_id, '--json'])).out), { client_id, name: 'reports' })
})

test('clients list sorts by name', async t => {
  const { sallyport } = createCli(t)
  t.equal((await sallyport(['clients', 'list'])).out, '(none)\n')
  await sallyport(web)
  await sallyport(reports)
  t.match((await sallyport(['clients', 'list'])).out, /^client_id .*\nc_\S+ +reports .*\nc_\S+ +web .*\n$/)
  t.match(JSON.parse((await sallyport(['clients', 'list', '--json'])).out), [{ name: 'reports' }, { name: 'web' }])
})

test('clients update disables and enables, and clients delete reports the change', async t => {
  const { sallyport } = createCli(t)
  const { client_id } = JSON.parse((await sallyport([...web, '--json'])).out)
  t.match(await sallyport(['clients', 'update', client_id, '--disable']), {
    code: 0,
    out: /^disabled +true$/m,
    err: ''
  })
  t.match(JSON.parse((await sallyport(['clients', 'update', 'web', '--enable', '--json'])).out), { disabled: false })
  t.same(await sallyport(['clients', 'delete', client_id]), { code: 0, out: 'web is deleted.\n', err: '' })
  t.equal((await sallyport(['clients', 'list', '--json'])).out, '[]\n')
  const again = JSON.parse((await sallyport([...web, '--json'])).out)
  const { out } = await sallyport(['clients', 'delete', 'web', '--json'])
  t.same(JSON.parse(out), { client_id: again.client_id, deleted: true })
})

test('clients update changes only the given fields', async t => {
  const { sallyport } = createCli(t)
  await sallyport(web)
  const update = (...args: string[]) => sallyport(['clients', 'update', 'web', ...args])
  const { out } = await update('--scopes', 'me,orders:read', '--grants', 'password')
  t.match(out, /^grants +password\nscopes +me orders:read$/m)
  t.match(JSON.parse((await update('--name', 'site', '--json')).out), { name: 'site', scopes: ['me', 'orders:read'] })
})

test('clients create and update decide whether its tokens are bound to a key (RFC 9449 §5.2)', async t => {
  const { sallyport } = createCli(t)
  const isBound = async (...args: string[]) =>
    JSON.parse((await sallyport([...args, '--json'])).out).dpop_bound_access_tokens
  t.equal(await isBound(...web, '--dpop-bound'), true)
  t.equal(await isBound('clients', 'update', 'web', '--scopes', 'me'), true)
  t.equal(await isBound('clients', 'update', 'web', '--no-dpop-bound'), false)
  t.equal(await isBound('clients', 'update', 'web', '--dpop-bound'), true)
})

test('clients create and update decide whether it sees the details of events', async t => {
  const { sallyport } = createCli(t)
  const sees = async (...args: string[]) => JSON.parse((await sallyport([...args, '--json'])).out).event_details
  t.equal(await sees(...web, '--event-details'), true)
  t.equal(await sees('clients', 'update', 'web', '--no-event-details'), false)
  t.equal(await sees('clients', 'update', 'web', '--event-details'), true)
})

test('An invalid client is refused with 1, and a wrong command with 2', async t => {
  const { sallyport } = createCli(t)
  await sallyport(web)
  const create = (...args: string[]) => ['create', 'other', ...args]
  for (const [args, exitCode, message] of [
    [web.slice(1), 1, 'A client named web already exists.\n'],
    [create('--grants', 'implicit', '--scopes', 'me'), 1, 'Unknown grant implicit. Use password, '],
    [create('--grants', ',', '--scopes', 'me'), 1, 'A client needs at least one grant.\n'],
    [
      create('--grants', 'password', '--scopes', ','),
      1,
      'The request is not valid: /scopes must have at least one scope'
    ],
    [create('--grants', 'client_credentials', '--scopes', 'me'), 1, 'Only a confidential client can have the'],
    [['rotate-secret', 'web'], 1, 'A public client has no secret.\n'],
    [['show', 'mallory'], 1, 'There is no client mallory.\n'],
    [['delete', 'mallory'], 1, 'There is no client mallory.\n'],
    [['update', 'mallory', '--name', 'x'], 1, 'There is no client mallory.\n'],
    [['update', 'web', '--grants', 'client_credentials'], 1, 'Only a confidential client can have the'],
    [['update', 'web'], 2, 'Nothing to change. Add --name, '],
    [
      create('--public', '--confidential', '--grants', 'password', '--scopes', 'me'),
      2,
      "error: option '--public' cannot be used with option '--confidential'\n"
    ]
  ] as const) {
    const { code, out, err } = await sallyport(['clients', ...args])
    t.same([code, out], [exitCode, ''], args.join(' '))
    t.ok(err.startsWith(message), err)
  }
})
