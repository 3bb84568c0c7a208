import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import pg from 'pg'
import { type Test, test } from 'tap'
import { run } from '../../src/cli.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { password } from '../support/app.ts'
import { createCli, withService } from '../support/cli.ts'
import { anyEngine, databaseUrl } from '../support/engines.ts'
import { pgTest } from '../support/pg-test.ts'
import { execute } from '../support/store.ts'

interface Entry {
  seq: number
  at: string
  action: string
  seal: number | null
}

function createAudit(t: Test, settings?: Record<string, string>) {
  const cli = createCli(t, settings)
  return { ...cli, audit: (...args: string[]) => cli.sallyport(['audit', ...args]) }
}

/** The commands on a database with four events: a key, alice, bob, and the deletion of bob. */
async function createWorld(t: Test, engine = anyEngine) {
  const settings = { SECRET: 'a secret of the tests, 32 bytes or more', BCRYPT_COST: '4' }
  const more = engine === 'postgres' ? { ...settings, DATABASE_URL: await databaseUrl(t, engine) } : {}
  const { audit, ...cli } = createAudit(t, more)
  for (const name of ['alice', 'bob']) await cli.sallyport(['users', 'create', name, '--password-stdin'], password)
  await cli.sallyport(['users', 'update', 'bob', '--disable'])
  const entries = (out: string): Entry[] => out.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
  const idOf = async (name: string) => JSON.parse((await cli.sallyport(['users', 'show', name, '--json'])).out).id
  /** Seals what is not sealed, as a running server does. */
  const seal = () =>
    withService(cli.env, async ({ audit }) => {
      await audit.seal()
      const { newest } = await audit.verify()
      return { publicKey: audit.publicKey, newest: `${newest.number}:${newest.hash}` }
    })
  return {
    ...cli,
    audit,
    idOf,
    seal,
    url: String(cli.env.DATABASE_URL),
    entries: async (...args: string[]) => entries((await audit(...args)).out)
  }
}

const all = ['key.created', 'user.created', 'user.created', 'user.disabled']
const actions = (entries: Entry[]) => entries.map(({ action }) => action)

const sealed = 'The audit trail is intact: 4 event(s), the newest seal is'

test('audit export, tail, verify and prune', async t => {
  const { audit, entries, seal, url } = await createWorld(t)
  const exported = await entries('export')
  t.same(actions(exported), all, 'oldest first')
  t.match(exported[0], { seq: 1, actor: null, client_id: null, ip: null, detail: {}, seal: null })
  t.same(await entries('tail', '-n', '2', '--json'), exported.slice(2))

  const since = exported[0]?.at
  const none = `The audit trail is intact: 0 event(s), the newest seal is 0:. 4 event(s) are not sealed yet, the first since ${since}.\n`
  t.same(await audit('verify'), { code: 0, out: none, err: '' })
  const nothing = { events: 0, newest: '0:', unsealed: 4, unsealed_since: since }
  t.same(JSON.parse((await audit('verify', '--json')).out), nothing)

  const { publicKey, newest } = await seal()
  t.same(await audit('export', '--public-key'), { code: 0, out: `${publicKey}\n`, err: '' })
  t.same(await audit('verify'), { code: 0, out: `${sealed} ${newest}.\n`, err: '' })
  const found = { events: 4, newest, unsealed: 0, unsealed_since: null }
  t.same(JSON.parse((await audit('verify', '--json', '--expect', newest)).out), found)
  t.same(
    await entries('export'),
    exported.map(entry => ({ ...entry, seal: 1 }))
  )

  t.same(await audit('prune', '--older-than', '1h'), { code: 0, out: 'Deleted 0 event(s).\n', err: '' })
  await execute(url, 'DELETE FROM audit; DELETE FROM seals')
  t.match(await audit('verify'), { code: 0, out: /: 0 event/ })
  t.same(await audit('verify', '--expect', newest), {
    code: 1,
    out: '',
    err: 'The audit trail is broken: seal 1 is missing: the trail ends with seal 0.\n'
  })
})

test('audit prune deletes old events, and broken ones only when told to', async t => {
  const { audit, sallyport, entries, seal, url } = await createWorld(t)
  await seal()
  await sallyport(['users', 'update', 'bob', '--enable'])
  t.same(await audit('prune', '--older-than', '0s', '--json'), { code: 0, out: '{\n  "deleted": 4\n}\n', err: '' })
  t.match(await entries('export'), [
    { action: 'user.enabled', seal: 2 },
    { action: 'audit.pruned', actor: 'cli', detail: { seal: 1, events: 4 }, seal: null }
  ])
  t.match(await audit('verify'), { code: 0, out: /: 1 event.* 1 event\(s\) are not sealed yet/ })

  await execute(url, "UPDATE audit SET actor = 'mallory' WHERE action = 'user.enabled'")
  const broken = 'The audit trail is broken: seal 2 covers an event that was changed.'
  t.same(await audit('verify', '--json'), { code: 1, out: '', err: `${broken}\n` })
  t.same(
    await audit('prune', '--older-than', '0s'),
    {
      code: 1,
      out: '',
      err: `${broken} Nothing was deleted. Run \`sallyport audit verify\` for details, or \`sallyport audit prune --broken\` to delete old events anyway.\n`
    },
    'broken events are kept for inspection'
  )
  t.same(actions(await entries('export')), ['user.enabled', 'audit.pruned'])
  t.same(await audit('prune', '--older-than', '0s', '--broken'), { code: 0, out: 'Deleted 1 event(s).\n', err: '' })
  t.match(await entries('export'), [
    { action: 'audit.pruned', detail: { seal: 1 } },
    { action: 'audit.pruned', detail: { seal: 2, events: 1, broken: 'seal 2' } }
  ])
  t.match(await audit('verify'), { code: 0 })
})

test('Commands that print events point to verify when one is unreadable, and verify names it', async t => {
  const { audit, seal, url } = await createWorld(t)
  await execute(url, "UPDATE audit SET detail = 'null' WHERE seq = 2")
  const err = 'The audit trail has an invalid event. Run `sallyport audit verify`.\n'
  for (const command of [['export'], ['export', '--seals'], ['tail']])
    t.same(await audit(...command), { code: 1, out: '', err })
  await seal()
  for (const command of [['export', '--seals'], ['verify'], ['prune', '--older-than', '0s']])
    t.match(await audit(...command), { code: 1, err: command[1] === '--seals' ? err : /event 2 has an invalid number/ })
})

test('audit export --seals prints each seal after its events, and refuses filters', async t => {
  const { audit, entries, seal, sallyport } = await createWorld(t)
  const { publicKey } = await seal()
  await sallyport(['users', 'update', 'bob', '--enable'])
  const one = {
    seal: 1,
    previous: '',
    events: 4,
    digest: /^\w{64}$/,
    public_key: publicKey,
    signature: /^[\w-]{86}$/
  }
  t.match(await entries('export', '--seals'), [
    ...[1, 2, 3, 4].map(seq => ({ seq, seal: 1 })),
    one,
    { seq: 5, action: 'user.enabled', seal: null }
  ])
  t.same(await audit('export', '--seals', '--since', '1h'), {
    code: 2,
    out: '',
    err: '--seals prints the whole trail: remove the filters.\n'
  })
})

test('After a change of SECRET, verify and prune need the earlier key', async t => {
  const { audit, seal, sallyport, env, url } = await createWorld(t)
  const { publicKey } = await seal()
  await sallyport(['users', 'update', 'bob', '--enable'])
  // The keys of the access tokens are encrypted with SECRET.
  await execute(url, 'DELETE FROM keys')
  env.SECRET = 'a later secret of the tests, 32 bytes or more'
  const err = `The audit trail is broken: seal 1 is signed by another key, ${publicKey}. If you noted this key when SECRET changed, add --key ${publicKey}.`
  t.same(await audit('verify'), { code: 1, out: '', err: `${err}\n` })
  t.match(await audit('verify', '--key', 'A'.repeat(43), '--key', publicKey), { code: 0, out: /: 4 event/ })
  t.match(await audit('prune', '--older-than', '0s'), { code: 1, err: `${err} Nothing was deleted` })
  t.match(await audit('prune', '--older-than', '0s', '--key', publicKey), { code: 0, out: 'Deleted 4 event(s).\n' })
  t.match(await audit('verify', '--key', publicKey), { code: 0 })
})

test('audit tail prints a line for each event, omits empty fields, and cannot control the terminal', async t => {
  const { audit, idOf, env } = await createWorld(t)
  const [alice, bob] = [await idOf('alice'), await idOf('bob')]
  await execute(String(env.DATABASE_URL), `UPDATE audit SET ip = '\u009b2J', client_id = 'web' WHERE seq = 4`)
  const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'
  t.match(
    (await audit('tail')).out,
    new RegExp(
      `^1  ${time}  key\\.created  subject=\\S+\n` +
        `2  ${time}  user\\.created  actor=cli  subject=${alice} \\(alice\\)  scopes=me\n` +
        `3  ${time}  user\\.created  actor=cli  subject=${bob} \\(bob\\)  scopes=me\n` +
        `4  ${time}  user\\.disabled  actor=cli  subject=${bob} \\(bob\\)  client_id=web  ip=\\\\u\\{9b\\}2J\n$`
    )
  )
})

test('audit tail shows only the ids of accounts that are deleted', async t => {
  const { audit, sallyport, idOf } = await createWorld(t)
  const bob = await idOf('bob')
  await sallyport(['users', 'delete', 'bob'])
  const { out } = await audit('tail', '--subject', bob)
  t.equal(out.match(new RegExp(`subject=${bob}( |$)`, 'gm'))?.length, 3)
  t.notMatch(out, 'bob')
})

test('audit tail and export filter, also by usernames', async t => {
  const { entries, idOf, env } = await createWorld(t)
  await execute(String(env.DATABASE_URL), "UPDATE audit SET ip = '192.0.2.1', client_id = 'web' WHERE seq = 3")
  const [first] = await entries('export')
  const [bob, everyone] = ['user.created user.disabled', all.join(' ')]
  for (const [filter, expected] of [
    [[], everyone],
    [['--action', 'user.created'], 'user.created user.created'],
    [['--subject', 'bob'], bob],
    [['--subject', await idOf('bob')], bob],
    [['--subject', 'unknown'], ''],
    [['--actor', 'cli'], `user.created ${bob}`],
    [['--actor', 'alice'], ''],
    [['--client', 'web'], 'user.created'],
    [['--ip', '192.0.2.1'], 'user.created'],
    [['--since', '1h'], everyone],
    [['--until', '1h'], ''],
    [['--since', String(first?.at), '--until', '2999-01-01'], everyone],
    [['--until', String(first?.at)], ''],
    [['--since', '2020-02-29T12:00+05:30', '--until', '9999-12-31T23:59:59.999999Z'], everyone]
  ] as const)
    t.same(actions(await entries('export', ...filter)).join(' '), expected, String(filter))
  t.same(actions(await entries('tail', '--json', '--subject', 'bob', '-n', '1')), ['user.disabled'])
})

test('audit tail and export refuse ambiguous names, and report a failed look-up', async t => {
  const { audit, idOf, env } = await createWorld(t)
  const alice = await idOf('alice')
  await execute(String(env.DATABASE_URL), `UPDATE users SET username = '${alice}' WHERE username = 'bob'`)
  for (const args of [
    ['tail', '--subject', alice],
    ['export', '--actor', alice]
  ])
    t.same(await audit(...args), {
      code: 1,
      out: '',
      err: `${alice} is the id of one account and the username of another.\n`
    })
  await execute(String(env.DATABASE_URL), 'ALTER TABLE users RENAME COLUMN full_name TO away')
  t.match(await audit('tail', '--subject', 'alice'), { code: 1, out: '', err: /column/ })
})

test('Audit commands refuse invalid arguments with 2 and show the expected form', async t => {
  const { audit } = createAudit(t)
  const time = (text: string) => `${text} is not a time such as 2026-01-31, 2026-01-31T12:00:00Z or 12h.\n`
  const hash = `0:${'0'.repeat(64)}`
  const scenarios: [args: string[], err: string][] = [
    [['tail', '-n', 'many'], 'many is not a number of events.\n'],
    [['tail', '--since', 'yesterday'], time('yesterday')],
    [['export', '--public-key', '--seals'], '--public-key prints no events: remove the other options.\n'],
    [['prune', '--older-than', '90'], '90 is not an age such as 90d, 12h, 30m or 45s.\n'],
    [['verify', '--expect', '17'], '17 is not NUMBER:HASH, as verify prints it.\n'],
    [['verify', '--expect', hash], `${hash} is not NUMBER:HASH, as verify prints it.\n`]
  ]
  for (const text of ['2026-13-01', '2026-02-30', '12', '2026', 'Dec 25', '2026-01-31T12:00', '2026-01-31 12:00:00Z'])
    scenarios.push([['export', '--until', text], time(text)])
  for (const text of ['0000-01-01', '9999-12-31T23:59:59-01:00'])
    scenarios.push([['export', '--until', text], time(text)])
  for (const command of ['verify', 'prune'])
    scenarios.push([
      [command, '--key', 'x'],
      'x is not a public key, as `sallyport audit export --public-key` prints it.\n'
    ])
  for (const [args, err] of scenarios) t.same(await audit(...args), { code: 2, out: '', err })
  t.match(await audit('prune'), { code: 2, err: /--older-than <age>' not specified/ })
})

/** `audit tail --follow`; `read` resolves to the actions of its first `count` lines, `end` closes its output. */
function follow(env: Record<string, string>, ...args: string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const streams = { stdin, stdout, stderr, env } as unknown as Streams
  const done = run(['audit', 'tail', '--follow', '-n', '1', '--json', ...args], streams)
  let printed = ''
  return {
    async read(count: number) {
      while (printed.split('\n').length <= count) printed += (await once(stdout, 'data'))[0]
      return actions(
        printed
          .trim()
          .split('\n')
          .map(line => JSON.parse(line))
      )
    },
    end() {
      stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
      return done
    }
  }
}

test('audit tail --follow prints new events until its reader ends', async t => {
  const { sallyport, env } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const { read, end } = follow(env, '--action', 'user.disabled')
  for (const name of ['--disable', '--enable', '--disable']) await sallyport(['users', 'update', 'alice', name])
  t.same(await read(2), ['user.disabled', 'user.disabled'])
  t.equal(await end(), 0)
})

pgTest('audit tail --follow prints an event that commits late with a lower number', async t => {
  const { url, sallyport, env } = await createWorld(t, 'postgres')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  await client.query("BEGIN; INSERT INTO audit (at, action, detail) VALUES (now(), 'late', '{}')")
  const { read, end } = follow(env)
  t.same(await read(1), ['user.disabled'])
  await sallyport(['users', 'update', 'bob', '--enable'])
  t.same(await read(2), ['user.disabled', 'user.enabled'])
  await client.query('COMMIT')
  t.same(await read(3), ['user.disabled', 'user.enabled', 'late'])
  await sallyport(['users', 'update', 'bob', '--disable'])
  t.same(await read(4), ['user.disabled', 'user.enabled', 'late', 'user.disabled'], 'each once')
  t.equal(await end(), 0)
})
