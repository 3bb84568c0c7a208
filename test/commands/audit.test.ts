import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { type Test, test } from 'tap'
import { run } from '../../src/cli.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { password } from '../support/app.ts'
import { createCli } from '../support/cli.ts'
import { databaseUrl, engines } from '../support/engines.ts'
import { execute } from '../support/store.ts'

interface Entry {
  seq: number
  at: string
  action: string
  hash: string
}

function createAudit(t: Test, settings?: Record<string, string>) {
  const cli = createCli(t, settings)
  return { ...cli, audit: (...args: string[]) => cli.sallyport(['audit', ...args]) }
}

/** The commands on a database with four events: a key, alice, bob, and the deletion of bob. */
async function createWorld(t: Test, url?: string) {
  const settings = { SECRET: 'a secret of the tests, 32 bytes or more', BCRYPT_COST: '4' }
  const { audit, ...cli } = createAudit(t, url ? { ...settings, DATABASE_URL: url } : {})
  for (const name of ['alice', 'bob']) await cli.sallyport(['users', 'create', name, '--password-stdin'], password)
  await cli.sallyport(['users', 'disable', 'bob'])
  const entries = (out: string): Entry[] => out.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
  const idOf = async (name: string) => JSON.parse((await cli.sallyport(['users', 'show', name, '--json'])).out).id
  return { ...cli, audit, idOf, entries: async (...args: string[]) => entries((await audit(...args)).out) }
}

const all = ['key.created', 'user.created', 'user.created', 'user.disabled']
const actions = (entries: Entry[]) => entries.map(({ action }) => action)

test('verify distinguishes events from before the chain', async t => {
  const { audit, sallyport, env } = await createWorld(t)
  await execute(String(env.DATABASE_URL), 'UPDATE audit SET hash = NULL')
  for (const args of [[], ['--json']])
    t.same(await audit('verify', ...args), {
      code: 1,
      out: '',
      err: 'The audit trail is broken: event 4 has no hash, and no later event has one: the chain has not begun, or was removed.\n'
    })
  await sallyport(['users', 'enable', 'bob'])
  t.match(await audit('verify'), {
    code: 0,
    out: /: 1 event\(s\), the newest is 5:\w{64}\. 4 older event\(s\) have no hash\.\n$/
  })
})

for (const engine of engines) {
  test(`audit export, tail, verify and prune on ${engine}`, async t => {
    const { audit, entries, env } = await createWorld(t, engine === 'sqlite' ? undefined : await databaseUrl(t, engine))
    const exported = await entries('export')
    t.same(actions(exported), all, 'oldest first')
    t.match(exported[0], { seq: 1, actor: null, client_id: null, ip: null, detail: {}, hash: /^[0-9a-f]{64}$/ })
    t.same(await entries('tail', '-n', '2', '--json'), exported.slice(2))

    const newest = `4:${exported[3]?.hash}`
    t.same(await audit('verify'), {
      code: 0,
      out: `The audit trail is intact: 4 event(s), the newest is ${newest}.\n`,
      err: ''
    })
    t.same(JSON.parse((await audit('verify', '--json', '--expect', newest)).out), { events: 4, unchained: 0, newest })

    t.same(await audit('prune', '--older-than', '1h'), { code: 0, out: 'Deleted 0 event(s).\n', err: '' })
    await execute(String(env.DATABASE_URL), `DELETE FROM audit WHERE seq > 3`)
    t.match(await audit('verify'), { code: 0, out: /3 event/ })
    t.same(await audit('verify', '--expect', newest), {
      code: 1,
      out: '',
      err: 'The audit trail is broken: event 4 is missing: the trail ends with event 3.\n'
    })
    t.same(await audit('prune', '--older-than', '0s', '--json'), { code: 0, out: '{\n  "deleted": 2\n}\n', err: '' })
    t.same(actions(await entries('export')), ['user.created', 'audit.pruned'])
    await execute(String(env.DATABASE_URL), "UPDATE audit SET actor = 'mallory' WHERE seq = 3")
    const broken = 'The audit trail is broken: event 3 was changed, or the event before it was.'
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
    t.same(actions(await entries('export')), ['user.created', 'audit.pruned'])
    t.same(await audit('prune', '--older-than', '0s', '--broken'), {
      code: 0,
      out: 'Deleted 1 event(s).\n',
      err: ''
    })
    t.match(await entries('export'), [
      { action: 'audit.pruned', detail: { seq: 2 } },
      { action: 'audit.pruned', detail: { seq: 3, broken: 3 } }
    ])
    t.match(await audit('verify'), { code: 0 })
  })

  test(`an unreadable event points to verify, which names it, on ${engine} (decision 23)`, async t => {
    const { audit, env } = await createWorld(t, engine === 'sqlite' ? undefined : await databaseUrl(t, engine))
    const time = engine === 'sqlite' ? "'soon'" : "'infinity'"
    for (const change of ["detail = 'null'", `at = ${time}`]) {
      await execute(String(env.DATABASE_URL), `UPDATE audit SET ${change} WHERE seq = 2`)
      for (const command of ['export', 'tail'])
        t.same(await audit(command), {
          code: 1,
          out: '',
          err: 'The audit trail has an invalid event. Run `sallyport audit verify`.\n'
        })
      for (const args of [['verify'], ['prune', '--older-than', '0s']])
        t.match(await audit(...args), { code: 1, err: /event 2 has an invalid time or detail/ })
    }
  })
}

test('audit tail prints a line for each event, omits empty fields, and cannot control the terminal', async t => {
  const { audit, idOf, env } = await createWorld(t)
  const [alice, bob] = [await idOf('alice'), await idOf('bob')]
  await execute(String(env.DATABASE_URL), `UPDATE audit SET ip = '\u009b2J', client_id = 'web' WHERE seq = 4`)
  const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z'
  t.match(
    (await audit('tail')).out,
    new RegExp(
      `^1  ${time}  key\\.created  subject=\\S+\n` +
        `2  ${time}  user\\.created  actor=cli  subject=${alice}  scopes=me\n` +
        `3  ${time}  user\\.created  actor=cli  subject=${bob}  scopes=me\n` +
        `4  ${time}  user\\.disabled  actor=cli  subject=${bob}  client_id=web  ip=\\\\u\\{9b\\}2J\n$`
    )
  )
})

test('audit tail and export filter, also by usernames', async t => {
  const { entries, idOf, env } = await createWorld(t)
  await execute(String(env.DATABASE_URL), "UPDATE audit SET ip = '192.0.2.1', client_id = 'web' WHERE seq = 3")
  const [first] = await entries('export')
  for (const [filter, expected] of [
    [[], all],
    [
      ['--action', 'user.created'],
      ['user.created', 'user.created']
    ],
    [
      ['--subject', 'bob'],
      ['user.created', 'user.disabled']
    ],
    [
      ['--subject', await idOf('bob')],
      ['user.created', 'user.disabled']
    ],
    [['--subject', 'unknown'], []],
    [
      ['--actor', 'cli'],
      ['user.created', 'user.created', 'user.disabled']
    ],
    [['--actor', 'alice'], []],
    [['--client', 'web'], ['user.created']],
    [['--ip', '192.0.2.1'], ['user.created']],
    [['--since', '1h'], all],
    [['--until', '1h'], []],
    [['--since', String(first?.at), '--until', '2999-01-01'], all],
    [['--until', String(first?.at)], []],
    [['--since', '2020-02-29T12:00+05:30', '--until', '9999-12-31T23:59:59.999999Z'], all]
  ] as const) {
    t.same(actions(await entries('export', ...filter)), expected, String(filter))
  }
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
  t.match(await audit('tail', '--subject', 'alice'), { code: 1, out: '', err: /no such column/ })
})

test('refuses invalid arguments with 2 and shows the expected form', async t => {
  const { audit } = createAudit(t)
  for (const [args, err] of [
    [['tail', '-n', 'many'], 'many is not a number of events.\n'],
    [['tail', '--since', 'yesterday'], 'yesterday is not a time such as 2026-01-31, 2026-01-31T12:00:00Z or 12h.\n'],
    ...[
      '2026-13-01',
      '2026-02-30',
      '12',
      '90',
      '2026',
      'Dec 25',
      '2026-01-31T12:00',
      '2026-01-31 12:00:00Z',
      '0000-01-01',
      '9999-12-31T23:59:59-01:00'
    ].map(
      time =>
        [
          ['export', '--until', time],
          `${time} is not a time such as 2026-01-31, 2026-01-31T12:00:00Z or 12h.\n`
        ] as const
    ),
    [['prune', '--older-than', '90'], '90 is not an age such as 90d, 12h, 30m or 45s.\n'],
    [['verify', '--expect', '17'], '17 is not SEQ:HASH, as verify prints it.\n']
  ] as const)
    t.same(await audit(...args), { code: 2, out: '', err })
  t.match(await audit('prune'), { code: 2, err: /--older-than <age>' not specified/ })
})

test('audit tail --follow prints new events until its reader ends', async t => {
  const { sallyport, env } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const args = ['audit', 'tail', '--follow', '-n', '1', '--action', 'user.disabled', '--json']
  const done = run(args, { stdin, stdout, stderr, env } as unknown as Streams)
  for (const name of ['disable', 'enable', 'disable']) await sallyport(['users', name, 'alice'])
  let text = ''
  while (text.split('\n').length < 3) text += (await once(stdout, 'data'))[0]
  t.same(
    text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).action),
    ['user.disabled', 'user.disabled']
  )
  stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  t.equal(await done, 0)
})
