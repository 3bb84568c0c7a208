import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { run } from '../../src/cli.ts'
import { createProgress } from '../../src/commands/progress.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { password } from '../support/app.ts'
import { createCli } from '../support/cli.ts'
import { leapingTime, movableTimers } from '../support/clocks.ts'
import { emptyDatabaseUrl } from '../support/engines.ts'

const clear = '\r\u001b[K'

/** The progress on a screen of this width, and a clock that stands still until it is moved. */
function createScreen(t: Test, { columns }: { columns?: number | undefined } = {}) {
  const [passTime, passTimers] = [leapingTime(t, 0), movableTimers(t)]
  let shown = ''
  const stream = { isTTY: true, columns, write: (chunk: string) => (shown += chunk) }
  return {
    ...createProgress(stream as unknown as NodeJS.WriteStream),
    /** Returns the output since the last call. */
    shown() {
      const before = shown
      shown = ''
      return before
    },
    pass(ms: number) {
      passTime(ms)
      passTimers(ms)
    }
  }
}

const bar = (full: number, percent: string) => `[${'#'.repeat(full)}${'-'.repeat(24 - full)}] ${percent} %`

test('Progress appears after two seconds, at most four times a second, and goes at the end', async t => {
  const { track, shown, pass } = createScreen(t)
  const result = await track(async report => {
    pass(1999)
    report('1 row', 0.1)
    t.equal(shown(), '')
    pass(1)
    report('2 rows', 0.25)
    t.equal(shown(), `${bar(6, ' 25')}  2 rows`)
    pass(249)
    report('3 rows', 0.3)
    t.equal(shown(), '')
    pass(1)
    report('4 rows', 1)
    t.equal(shown(), `${clear}${bar(24, '100')}  4 rows`)
    return 'done'
  })
  t.strictSame([result, shown()], ['done', clear])
  await t.rejects(
    track(async report => {
      pass(2000)
      report('1 row', 0.5)
      throw new Error('broken')
    }),
    { message: 'broken' }
  )
  t.equal(shown(), `${bar(12, ' 50')}  1 row${clear}`)
})

test('The time left follows from the speed of the step, once it was measured for a second', async t => {
  const { track, shown, pass } = createScreen(t)
  const left = () => / {2}(about .*)$/.exec(shown())?.[1]
  await track(async report => {
    pass(50_000)
    report('', 0.5)
    pass(999)
    report('', 0.6)
    t.equal(left(), undefined)
    pass(1)
    report('', 0.6)
    pass(10_000)
    report('', 0.625)
    t.equal(left(), 'about 35 s left', 'what was done before the first report is not its speed')
    report('', 0)
    pass(1000)
    report('', 0)
    t.equal(left(), undefined, 'nothing was done')
    pass(1000)
    report('', 0.1)
    t.equal(left(), 'about 20 s left', 'a smaller fraction began another step')
    for (const [fraction, words] of [
      [1, undefined],
      [0.5, 'about 5 s left'],
      [0.02, 'about 50 s left'],
      [0.0109, 'about 2 min left'],
      [0.0002, 'about 84 min left'],
      [0.0001, 'about 3 h left']
    ] as const) {
      report('', 0)
      report('another step')
      report('', 0)
      pass(1000)
      report('', fraction)
      t.equal(left(), words)
    }
  })
})

test('A step of unknown length shows its seconds, also while nothing is reported', async t => {
  const { track, shown, pass } = createScreen(t)
  await track(async report => {
    report('first')
    pass(1000)
    t.equal(shown(), '')
    pass(1000)
    t.equal(shown(), 'first, 2 s')
    report('second')
    pass(1000)
    t.equal(shown(), `${clear}second${clear}second, 1 s`)
    report('third', 0.5)
    pass(1000)
    report('third', 0.5)
    pass(1000)
    t.equal(shown(), `${clear}${bar(12, ' 50')}  third`)
    report('fourth')
  })
  shown()
  pass(1000)
  t.equal(shown(), '')
})

test('The line of the progress is shorter than the terminal is wide', async t => {
  for (const [columns, length] of [
    [20, 19],
    [0, 79],
    [undefined, 79]
  ] as const) {
    const { track, shown, pass } = createScreen(t, { columns })
    await track(async report => {
      pass(2000)
      report('x'.repeat(100))
      t.equal(shown().length, length)
    })
  }
})

test('Every long command says on a terminal what it does', async t => {
  const { env, sallyport } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const database = String(env.DATABASE_URL)
  const folder = join(database.slice('sqlite:'.length), '..', '..', 'files')
  mkdirSync(folder)
  const [backup, csv, received] = ['backup.db', 'users.csv', 'received.ndjson'].map(name => join(folder, name))
  leapingTime(t, 3000)

  /** The texts that the command shows, each once. */
  async function texts(...args: string[]) {
    const stderr = Object.assign(new PassThrough(), { isTTY: true })
    const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, env }
    streams.stdout.resume()
    const shown = text(stderr)
    t.equal(await run(args, streams as unknown as Streams), 0, args.join(' '))
    stderr.end()
    const lines = (await shown).split(clear)
    const bare = lines.map(line => line.replace(/^\[[#-]{24}\] +/, '').replace(/( {2}about .*|, \d+ s)$/, ''))
    return [...new Set(bare)]
  }

  t.strictSame(await texts('users', 'export', String(csv)), ['100 %  1 of 1 accounts', ''])
  t.strictSame(await texts('backup', String(backup)), [
    '0 %  copying the database',
    'checking the backup',
    '50 %  reading the backup',
    '100 %  reading the backup',
    ''
  ])
  const restored = await texts('restore', String(backup), '--force')
  t.strictSame(restored.slice(restored.indexOf('100 %  copying the backup')), [
    '100 %  copying the backup',
    'checking the backup',
    'preparing the database',
    'checking the database',
    ''
  ])
  await sallyport(['audit', 'prune', '--older-than', '1d'])
  t.match(await texts('audit', 'verify'), [/^100 % {2}\d+ events$/, ''])
  writeFileSync(String(received), '\n')
  t.match(await texts('audit', 'verify', '--received', String(received)), [
    /^100 % {2}\d+ events$/,
    'reading the file',
    '100 %  reading the file',
    ''
  ])
  const copied = await texts('database', 'copy', database, await emptyDatabaseUrl(t, 'sqlite'))
  t.match(copied.join(), /^0 % {2}copying,.*copying users,.*comparing users,.*100 % {2}comparing seals,$/)
})
