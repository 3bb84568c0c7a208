import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { builtAlone, type Command } from '../../test/support/built.ts'
import { call, createRandom, durability, faultEnv, timeUntil } from '../../test/support/faults.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { createMachine } from './machine.ts'
import { createServer } from './server.ts'

// A power cut takes what the disk has not been asked to keep. strace records what the programs do to their files, and
// assurance/power/disk.ts says what of it a disk has at any moment.

const skip = skipWithoutProgram('strace')
const password = 'correct horse battery staple'

/** The build with another sync of the log, which is an expression with `file`, a descriptor, and `done`, a callback. */
function syncingBy(expression: string): Command {
  const script = `import fs from 'node:fs'
const { fdatasync, fsync } = fs
fs.fdatasync = (file, done) => ${expression}`
  const preload = `--import=data:text/javascript,${encodeURIComponent(script)}`
  return [...(builtAlone.slice(0, -1) as Command), preload, ...builtAlone.slice(-1)]
}

/** The build that syncs the log with `fsync`, and with `fdatasync` once the log has the text. */
const syncingDataWith = (text: string) =>
  syncingBy(`(fs.readFileSync('/proc/self/fd/' + file).includes('${text}') ? fdatasync : fsync)(file, done)`)

type Machine = ReturnType<typeof createMachine>

/** Asserts that no image has a fault, and prints the row of the table. */
function report(t: Test, fault: string, { counts, faults }: Machine, measured = {}) {
  const { cuts, images, checkpoints, failedSyncs, ...row } = counts()
  t.same(faults().slice(0, 5), [])
  durability(t, { fault, engine: 'SQLite', ...row, ...measured })
  t.comment(`${cuts} power cuts, ${images} images, ${checkpoints} checkpoints, ${failedSyncs} failed syncs`)
}

/** Runs a command, which has to succeed. */
async function run(t: Test, machine: Machine, env: Record<string, string>, args: string[], program = builtAlone) {
  const { exit, ended, output, sinceStart } = machine.start(env, args, { program })
  t.same(await exit, [0, null], output())
  const ms = sinceStart()
  await ended
  return ms
}

test('Acknowledged writes outlive a power cut at any moment', { skip }, async t => {
  const { machine, env, load } = createServer(t)
  const withPassword: Command = ['sh', '-c', `echo '${password}' | exec "$@"`, 'sh', ...builtAlone]
  const beside = async () => {
    await run(t, machine, env, ['users', 'list'])
    await run(t, machine, env, ['users', 'create', 'carol', '--json', '--password-stdin'], withPassword)
    await run(t, machine, env, ['backup', join(machine.folder, 'backup.db')])
  }
  await load({ writes: 250, signal: 'SIGTERM', beside })
  await machine.cutPower({ places: 60 })
  await load({ writes: 300, signal: 'SIGKILL' })
  await machine.cutPower({ places: 60 })
  await load({ writes: 50, signal: 'SIGKILL' })
  await machine.cutPower({ places: 30 })
  t.ok(machine.counts().checkpoints > 5, 'the log was copied into the file')
  report(t, 'power cut', machine)
})

test('Acknowledged writes of two workers outlive a power cut at any moment', { skip }, async t => {
  const { machine, load } = createServer(t, { WORKERS: '2' })
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await load({ writes: 200, signal })
    await machine.cutPower({ places: 40 })
  }
  report(t, 'power cut with two workers', machine)
})

test('Acknowledged writes outlive a power cut on a disk whose syncs fail', { skip }, async t => {
  // strace counts the calls of each thread. Only the server calls fdatasync; SQLite calls fsync.
  const { machine, load } = createServer(t, { UV_THREADPOOL_SIZE: '4' })
  const inject = 'fdatasync:error=EIO:when=8+15'
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await load({ writes: 250, signal, inject, mayRefuse: true })
    await machine.cutPower({ places: 40 })
  }
  t.ok(machine.counts().failedSyncs > 10, 'syncs failed')
  report(t, 'power cut while syncs fail', machine)
})

test('What comes after a server that a failing disk and a kill have ended damages nothing', { skip }, async t => {
  const { machine, env, load } = createServer(t, { UV_THREADPOOL_SIZE: '1' })
  await load({ writes: 20, signal: 'SIGTERM' })
  const next = {
    list: () => run(t, machine, env, ['users', 'list']),
    backup: () => run(t, machine, env, ['backup', join(machine.folder, 'backup.db')]),
    async start() {
      const server = machine.start(env, ['serve'])
      await server.listens
      server.child.kill('SIGTERM')
      await server.ended
    }
  }
  for (const [name, use] of Object.entries(next)) {
    // The server commits what the disk refuses. Until it is written again, the log is whole in the cache alone.
    const username = `before-${name}`
    const server = machine.start(env, ['serve'], { program: syncingDataWith(username), inject: 'fdatasync:error=EIO' })
    const unanswered = call(`${await server.listens}/users`, { json: { username, password } })
    await timeUntil(async () => server.output().includes('cannot be written'))
    server.child.kill('SIGKILL')
    await t.rejects(unanswered)
    await server.ended
    await use()
    await machine.cutPower({ places: 400, torn: 3 })
    t.same(machine.faults().splice(0).slice(0, 3), [], name)
  }
})

test('The check finds what a server loses that does not sync', { skip }, async t => {
  const { machine, load } = createServer(t)
  await load({ writes: 50, signal: 'SIGKILL', program: syncingBy('done(null)') })
  await machine.cutPower({ places: 10 })
  const { lost, images } = machine.counts()
  t.ok(lost > 0)
  t.comment(`${lost} of ${images} images lack a write`)
})

test('Backup and restore leave the old or the new database at any moment', { skip }, async t => {
  let path = 'test.db'
  let allowed: string[] = []
  let longestMs = 0
  const machine = createMachine(t, createRandom(), async image => {
    const found = accountsIn(join(image, path))
    return allowed.length === 0 || allowed.includes(found) ? [] : [`${path} has ${found}`]
  })
  const at = (name: string) => join(machine.folder, name)
  const env = faultEnv({ DATABASE_URL: `sqlite:${at('test.db')}` })

  async function register(username: string) {
    const server = machine.start(env, ['serve'])
    t.equal((await call(`${await server.listens}/users`, { json: { username, password } })).status, 201)
    server.child.kill('SIGKILL')
    await server.ended
  }

  /** Runs a command that makes the database at `name` have other accounts, and cuts the power in it and after it. */
  async function change(name: string, [before, after]: [string, string], args: string[], settings = {}) {
    longestMs = Math.max(longestMs, await run(t, machine, { ...env, ...settings }, args))
    path = name
    allowed = [before, after]
    await machine.cutPower({ places: 150, torn: 2 })
    allowed = [after]
    await machine.cutPower({ places: 0, torn: 5 })
    allowed = []
  }

  await register('alice')
  await run(t, machine, env, ['backup', at('alice.db')])
  await run(t, machine, env, ['backup', at('backup.db')])
  await register('bob')
  await machine.cutPower({ places: 0 })
  await change('backup.db', ['alice', 'alice bob'], ['backup', at('backup.db'), '--force'])
  await change('test.db', ['alice bob', 'alice'], ['restore', at('alice.db'), '--force'])
  t.equal(accountsIn(at('test.db.before-restore')), 'alice bob', 'the replaced database is kept')
  const elsewhere = { DATABASE_URL: `sqlite:${at('new/test.db')}` }
  await change('new/test.db', ['nothing', 'alice bob'], ['restore', at('backup.db')], elsewhere)
  report(t, 'power cut during backup and restore', machine, { acknowledged: 3, longestMs })
})

/** The names of the accounts in a database, `nothing` without a file, or what is wrong with it. */
function accountsIn(path: string): string {
  if (!existsSync(path)) return 'nothing'
  const db = openDatabase(path)
  try {
    const integrity = String(db.pragma('integrity_check', { simple: true }))
    const names = db.prepare('SELECT username FROM users ORDER BY username').pluck().all()
    return integrity === 'ok' ? names.join(' ') : integrity
  } catch (error) {
    return String(error)
  } finally {
    db.close()
  }
}
