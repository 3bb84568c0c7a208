import { execFileSync } from 'node:child_process'
import { test } from 'tap'
import { password } from '../support/app.ts'
import { createCli } from '../support/cli.ts'

const when =
  "APIs that verify tokens offline see a change at the next refresh; introspection and this server's endpoints at once.\n"

test('users update prints each change, and changes nothing that no option names', async t => {
  const { sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const update = (...args: string[]) => sallyport(['users', 'update', 'Alice', ...args])
  const roles = '{"roles":["editor"]}'
  for (const [args, out] of [
    [['--disable'], 'alice is disabled.\n'],
    [['--enable'], 'alice is enabled.\n'],
    [['--grant', 'users:read,me,api:write'], 'Scopes of alice: me users:read api:write\n'],
    [['--revoke', 'users:read', '--revoke', 'never:had'], 'Scopes of alice: me api:write\n'],
    [['--claims', '{"roles": ["editor"], "tenant": "acme"}'], /^Claims of alice: .*"acme"\}\n/],
    [['--claims', '{"tenant": null}'], `Claims of alice: ${roles}\n${when}`],
    [
      ['--disable', '--grant', 'b', '--revoke', 'me', '--revoke', 'api:write', '--claims', '{}'],
      `alice is disabled.\nScopes of alice: b\nClaims of alice: ${roles}\n${when}`
    ],
    [['--revoke', 'b'], 'Scopes of alice: (none)\n']
  ] as const)
    t.match(await update(...args), { code: 0, out, err: '' })
  t.match(JSON.parse((await update('--claims', 'null', '--json')).out), {
    username: 'alice',
    disabled: true,
    scopes: [],
    claims: {}
  })
})

test('The examples of users update are for a POSIX shell', async t => {
  const { sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const { out } = await sallyport(['users', 'update', '--help'])
  for (const [, example = ''] of out.matchAll(/^ {2}\$ sallyport (.*)$/gm)) {
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${example}`], { encoding: 'utf8' })
    t.match(await sallyport(words.split('\0').slice(0, -1)), { code: 0 }, example)
  }
  t.match(JSON.parse((await sallyport(['users', 'show', 'alice', '--json'])).out), { claims: { roles: ['editor'] } })
})

test('users update refuses what it cannot read and what the rule refuses (scenario table)', async t => {
  const { sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const usage = `The claims must be a JSON object, such as '{"roles": ["editor"]}'.\n`
  const invalid = 'The request is not valid: '
  for (const [args, code, message] of [
    [['alice'], 2, 'Nothing to change. Add --disable, --enable, --grant, --revoke or --claims.\n'],
    [['alice', '--disable', '--enable'], 2, "error: option '--enable' cannot be used with option '--disable'"],
    ...['', '{roles: [editor]}', '[]', '"editor"'].map(claims => [['alice', '--claims', claims], 2, usage] as const),
    [['alice', '--claims', '{"roles": ["a"], "roles": ["b"]}'], 1, `${invalid}/roles is there twice.\n`],
    [['alice', '--claims', '{"sub": "root"}'], 1, `${invalid}/claims/sub is a claim with another purpose`],
    [['alice', '--disable', '--grant', 'a"b', '--json'], 1, `${invalid}/scopes must contain only`],
    [['alice', '--revoke', 'me orders'], 2, '"me orders" has a space. Put commas between the entries.\n'],
    [['mallory', '--disable'], 1, 'There is no user mallory.\n']
  ] as const) {
    const outcome = await sallyport(['users', 'update', ...args])
    t.same([outcome.code, outcome.out], [code, ''], args.join(' '))
    t.ok(outcome.err.startsWith(message), outcome.err)
  }
  t.match(JSON.parse((await sallyport(['users', 'show', 'alice', '--json'])).out), { disabled: false, claims: {} })
})
