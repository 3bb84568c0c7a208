import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { writeWhole } from '../../src/commands/whole-file.ts'

test('A file gets its name when it is complete; before, only a partial file is there', async t => {
  const folder = t.testdir()
  await writeWhole(
    join(folder, 'users.csv'),
    (async function* () {
      yield 'one\n'
      const [partial = '', ...others] = readdirSync(folder)
      t.match(partial, /^users\.csv\.partial-[0-9a-f]{12}$/)
      t.strictSame(others, [])
      t.equal(statSync(join(folder, partial)).mode & 0o777, 0o600)
      t.equal(readFileSync(join(folder, partial), 'utf8'), 'one\n')
      yield 'two\n'
    })()
  )
  t.strictSame(readdirSync(folder), ['users.csv'])
  t.equal(readFileSync(join(folder, 'users.csv'), 'utf8'), 'one\ntwo\n')
  t.equal(statSync(join(folder, 'users.csv')).mode & 0o777, 0o600)
})

test('An existing file is not replaced, even one that is created while the text is written', async t => {
  const folder = t.testdir({ taken: 'precious' })
  symlinkSync('missing', join(folder, 'link'))
  const refused = (name: string) => ({
    message: `${join(folder, name)} already exists. Choose another name.`
  })
  const unread = (async function* () {
    yield 'never asked for'
  })()
  unread.next = () => t.fail('nothing is read') as never
  for (const name of ['taken', 'link']) await t.rejects(writeWhole(join(folder, name), unread), refused(name))
  async function* overtaken() {
    yield 'one\n'
    writeFileSync(join(folder, 'new'), 'of another program')
  }
  await t.rejects(writeWhole(join(folder, 'new'), overtaken()), refused('new'))
  t.equal(readFileSync(join(folder, 'taken'), 'utf8'), 'precious')
  t.equal(readFileSync(join(folder, 'new'), 'utf8'), 'of another program')
  t.strictSame(readdirSync(folder), ['link', 'new', 'taken'])
})

test('An error leaves no file, and one of the file system is a CommandError', async t => {
  const folder = t.testdir()
  async function* failing(error: Error) {
    yield 'one\n'
    throw error
  }
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  const path = join(folder, 'users.csv')
  await t.rejects(writeWhole(path, failing(full)), { message: `Cannot write ${path} (ENOSPC).` })
  await t.rejects(writeWhole(path, failing(new Error('ill'))), { message: 'ill' })
  t.strictSame(readdirSync(folder), [])
})

test('SIGINT and SIGTERM remove the partial file, and then end the process as without a handler', async t => {
  const folder = t.testdir()
  const before = process.listenerCount('SIGINT')
  const ends: unknown[] = []
  t.capture(process, 'kill', ((...args: unknown[]) => ends.push(args)) as never)
  t.capture(process, 'exit', ((code: number) => ends.push(code)) as never)
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143]
  ] as const) {
    async function* interrupted() {
      yield 'one\n'
      process.emit(signal, signal)
      t.strictSame(readdirSync(folder), [])
      t.strictSame(ends.splice(0), [[process.pid, signal], code])
      t.equal(process.listenerCount('SIGINT'), before)
    }
    await t.rejects(writeWhole(join(folder, 'users.csv'), interrupted()))
  }
  await writeWhole(join(folder, 'users.csv'), (async function* () {})())
  t.equal(process.listenerCount('SIGINT'), before)
})
