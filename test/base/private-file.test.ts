import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makePrivateFile, writeNewFile } from '../../src/base/private-file.ts'

const modeOf = (path: string) => lstatSync(path).mode & 0o777

t.test('A new file and its new folders are private', t => {
  const folder = join(t.testdir(), 'a', 'b')
  makePrivateFile(join(folder, 'test.db'))
  t.equal(modeOf(join(folder, 'test.db')), 0o600)
  for (const path of [folder, join(folder, '..')]) t.equal(modeOf(path), 0o700)
  t.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), '*\n')
  t.notOk(existsSync(join(folder, '..', '.gitignore')))
  t.end()
})

t.test('A file with a text is new and private, and leaves no draft', t => {
  const folder = t.testdir({ there: 'before' })
  symlinkSync('nowhere', join(folder, 'link'))
  writeNewFile(join(folder, 'new'), 'text')
  t.equal(readFileSync(join(folder, 'new'), 'utf8'), 'text')
  t.equal(modeOf(join(folder, 'new')), 0o600)
  for (const name of ['there', 'link']) t.throws(() => writeNewFile(join(folder, name), 'text'), { code: 'EEXIST' })
  t.strictSame(readdirSync(folder).sort(), ['link', 'new', 'there'])
  t.equal(readFileSync(join(folder, 'there'), 'utf8'), 'before')
  t.end()
})
