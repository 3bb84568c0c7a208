import { execFileSync } from 'node:child_process'
import { test } from 'tap'
import { logIn, password } from '../support/app.ts'
import { createCli, withService } from '../support/cli.ts'
import { databaseUrl, engines } from '../support/engines.ts'
import { auditTrail } from '../support/store.ts'

const when =
  "APIs that verify tokens offline see a change at the next refresh; introspection and this server's endpoints at once.\n"

for (const engine of engines) {
  test(`${engine}: users set-claims merges into the claims, which the next token has (RFC 7396)`, async t => {
    const url = await databaseUrl(t, engine)
    const { sallyport, env } = createCli(t, {
      DATABASE_URL: url,
      ISSUER: 'https://auth.example.com',
      SECRET: 'a secret of the tests, 32 bytes or more',
      BCRYPT_COST: '4',
      LOG_LEVEL: 'silent'
    })
    await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
    const set = (json: string, ...options: string[]) => sallyport(['users', 'set-claims', 'alice', json, ...options])
    for (const [patch, claims] of [
      [
        '{"roles": ["editor"], "tenant": {"id": 7, "plan": "free"}}',
        '{"roles":["editor"],"tenant":{"id":7,"plan":"free"}}'
      ],
      [
        '{"tenant": {"plan": null, "name": "愛\\u001b[2J"}}',
        '{"roles":["editor"],"tenant":{"id":7,"name":"愛\\u001b[2J"}}'
      ],
      ['{"tenant": null, "none": null}', '{"roles":["editor"]}'],
      ['{}', '{"roles":["editor"]}']
    ] as const) {
      t.same(await set(patch), { code: 0, out: `Claims of alice: ${claims}\n${when}`, err: '' })
    }
    t.match(JSON.parse((await set('{"tenant": "acme"}', '--json')).out), {
      username: 'alice',
      claims: { roles: ['editor'], tenant: 'acme' },
      data: {}
    })
    t.match(await sallyport(['users', 'show', 'alice']), {
      out: /^data +\{\}\nclaims +\{"roles":\["editor"\],"tenant":"acme"\}$/m
    })
    await withService(env, async app => {
      const { access_token } = await logIn(app)
      const [, payload = ''] = String(access_token).split('.')
      t.match(JSON.parse(Buffer.from(payload, 'base64url').toString()), { roles: ['editor'], tenant: 'acme' })
    })
    t.match(await set('null'), { code: 0, out: `Claims of alice: {}\n${when}` })
    const changes = (await auditTrail(t, url)).filter(({ action }) => action === 'user.claims_changed')
    t.match(changes[0], { actor: 'cli' })
    t.equal(changes.length, 5, 'one for each change')
  })
}

test('the examples of users set-claims are for a POSIX shell', async t => {
  const { sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const { out } = await sallyport(['users', 'set-claims', '--help'])
  const examples = [...out.matchAll(/^ {2}\$ sallyport (.*)$/gm)].map(([, args]) => String(args))
  const claims: unknown[] = []
  for (const example of examples) {
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${example}`], { encoding: 'utf8' })
    const outcome = await sallyport([...words.split('\0').slice(0, -1), '--json'])
    claims.push(JSON.parse(outcome.out).claims)
  }
  t.same(claims, [{ roles: ['editor'], tenant: 'acme' }, { roles: ['editor'] }])
})

test('users set-claims refuses what is not an object or what the server uses, and changes nothing (scenario table)', async t => {
  const { sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const usage = `The claims must be a JSON object, such as '{"roles": ["editor"]}'.\n`
  const invalid = 'The request is not valid: '
  for (const [args, code, message] of [
    [['alice', ''], 2, usage],
    [['alice', '{roles: [editor]}'], 2, usage],
    [['alice', '[]'], 2, usage],
    [['alice', '"editor"'], 2, usage],
    [['alice'], 2, "error: missing required argument 'json'"],
    [['alice', '{"roles": ["a"], "roles": ["b"]}'], 1, `${invalid}/roles is there twice.\n`],
    [['alice', '{"__proto__": {"a": 1}}'], 1, `${invalid}/__proto__ is not allowed.\n`],
    [['alice', '{"roles": "editor"}'], 1, `${invalid}/claims/roles must be an array of strings.\n`],
    [['alice', '{"sub": "root"}'], 1, `${invalid}/claims/sub is a claim with another purpose`],
    [['alice', `{"a": "${'x'.repeat(1017)}"}`], 1, `${invalid}/claims has 1025 bytes as JSON, and may have 1024.\n`],
    [['mallory', '{}'], 1, 'There is no user mallory.\n']
  ] as const) {
    const outcome = await sallyport(['users', 'set-claims', ...args])
    t.same([outcome.code, outcome.out], [code, ''], args.join(' ').slice(0, 60))
    t.ok(outcome.err.startsWith(message), outcome.err)
  }
  t.match(JSON.parse((await sallyport(['users', 'show', 'alice', '--json'])).out), { claims: {} })
})
