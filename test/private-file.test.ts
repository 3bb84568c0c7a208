import fs, {
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createPrivateFile, makePrivateFile, makePrivateFolder } from '../src/private-file.ts'

const isRoot = process.getuid?.() === 0
const skip = !isRoot && !process.env.CI && 'only root can own files of other users'
const [user, group] = [10_001, 10_002]

const ownerOf = (path: string) => {
  const { uid, gid, mode } = lstatSync(path)
  return [uid, gid, mode & 0o777]
}

/** A folder that root shares with nobody, and one in it that belongs to another user. */
function createFolders(t: Test) {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-owners-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const theirs = join(root, 'theirs')
  mkdirSync(theirs)
  chownSync(theirs, user, group)
  return { root, theirs }
}

/** The module, for which the functions of `more` take the place of those of the file system. */
const withFs = (t: Test, more: Partial<typeof fs>) =>
  t.mockImport<typeof import('../src/private-file.ts')>('../src/private-file.ts', { 'node:fs': t.createMock(fs, more) })

t.test('a new file and its new folders are private to the user who runs the process', async t => {
  const folder = join(t.testdir(), 'a', 'b')
  makePrivateFile(join(folder, 'test.db'))
  const own = [process.getuid?.(), process.getgid?.()]
  t.same(ownerOf(join(folder, 'test.db')), [...own, 0o600])
  for (const path of [folder, join(folder, '..')]) t.same(ownerOf(path), [...own, 0o700])
  t.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), '*\n')
  t.notOk(existsSync(join(folder, '..', '.gitignore')))
  t.throws(() => createPrivateFile(join(folder, 'test.db')), { code: 'EEXIST' })
})

t.test('another process may make the folder at the same time', async t => {
  const folder = join(t.testdir(), 'data')
  const { makePrivateFolder } = await withFs(t, {
    mkdirSync: ((path: string) => {
      mkdirSync(folder)
      return mkdirSync(path)
    }) as typeof mkdirSync
  })
  makePrivateFolder(folder)
  t.notOk(existsSync(join(folder, '.gitignore')))
})

t.test('a process that is not root gives nothing away, and neither does root without paths of descriptors', async t => {
  const folder = t.testdir()
  const fchownSync = () => t.fail('the owner has changed')
  const withoutPaths = await withFs(t, { fchownSync, existsSync: () => false })
  closeSync(withoutPaths.createPrivateFile(join(folder, 'a')))
  t.intercept(process, 'geteuid', { value: () => user })
  const { createPrivateFile } = await withFs(t, { fchownSync })
  closeSync(createPrivateFile(join(folder, 'b')))
  for (const name of ['a', 'b']) t.same(ownerOf(join(folder, name)), [process.getuid?.(), process.getgid?.(), 0o600])
})

t.test('an error names the path that was given', async t => {
  t.throws(() => makePrivateFolder('/proc/none'), { code: 'ENOENT', message: /'\/proc\/none'$/ })
  const path = join(t.testdir({ file: '' }), 'file')
  t.throws(() => createPrivateFile(path), { code: 'EEXIST', message: new RegExp(`'${path}'$`) })
})

t.test('a file stays with a root that may not change owners', async t => {
  t.intercept(process, 'geteuid', { value: () => 0 })
  const { makePrivateFile } = await withFs(t, {
    fchownSync: () => {
      throw Object.assign(new Error('EPERM: operation not permitted, fchown'), { code: 'EPERM' })
    }
  })
  const path = join(t.testdir(), 'data', 'test.db')
  makePrivateFile(path)
  t.same(ownerOf(path), [process.getuid?.(), process.getgid?.(), 0o600])
})

t.test("in a folder of another user, root's new files and folders belong to that user", { skip }, async t => {
  const { root, theirs } = createFolders(t)
  const path = join(theirs, 'a', 'b', 'test.db')
  makePrivateFile(path)
  t.same(ownerOf(path), [user, group, 0o600])
  t.same(ownerOf(join(path, '..', '.gitignore')), [user, group, 0o600])
  for (const folder of ['a', 'a/b']) t.same(ownerOf(join(theirs, folder)), [user, group, 0o700])
  makePrivateFile(join(root, 'data', 'test.db'))
  t.same(ownerOf(join(root, 'data', 'test.db')), [0, 0, 0o600])
  t.same(ownerOf(join(root, 'data')), [0, 0, 0o700])
})

t.test('the owner of a folder cannot make root give away anything else', { skip }, async t => {
  await t.test('by a link in place of the file', async t => {
    const { root, theirs } = createFolders(t)
    const precious = join(root, 'precious')
    writeFileSync(precious, 'of root', { mode: 0o600 })
    const link = join(theirs, 'test.db')
    symlinkSync(precious, link)
    makePrivateFile(link)
    t.throws(() => createPrivateFile(link), { code: 'EEXIST' })
    linkSync(precious, join(theirs, 'hard'))
    makePrivateFile(join(theirs, 'hard'))
    t.same(ownerOf(precious), [0, 0, 0o600])

    const missing = join(root, 'missing')
    symlinkSync(missing, join(theirs, 'dangling'))
    makePrivateFile(join(theirs, 'dangling'))
    t.same(ownerOf(missing), [0, 0, 0o600], 'as SQLite does, a link is followed, and what is there stays with root')
  })

  await t.test('by a link in place of the folder, at any moment', async t => {
    for (const moment of ['before', 'after']) {
      const { root, theirs } = createFolders(t)
      const [folder, aside, etc] = [join(theirs, 'data'), join(theirs, 'aside'), join(root, 'etc')]
      for (const path of [folder, etc]) mkdirSync(path)
      chownSync(folder, user, group)
      const { createPrivateFile } = await withFs(t, {
        openSync: ((...open: Parameters<typeof fs.openSync>) => {
          const exchange = () => {
            if (open[0] !== folder) return
            renameSync(folder, aside)
            symlinkSync(etc, folder)
          }
          if (moment === 'before') exchange()
          const descriptor = fs.openSync(...open)
          if (moment === 'after') exchange()
          return descriptor
        }) as typeof fs.openSync
      })
      closeSync(createPrivateFile(join(folder, 'secret')))
      const [here, owner] = moment === 'before' ? [etc, 0] : [aside, user]
      t.equal(ownerOf(join(here, 'secret'))[0], owner, moment)
      t.equal(existsSync(join(etc, 'secret')), moment === 'before')
      t.same(ownerOf(etc)[0], 0)
    }
  })

  await t.test('by something else in place of a folder that root has just made', async t => {
    for (const [trick, code] of [
      ['a link', /ENOTDIR|ELOOP/],
      ['a folder of root with files', undefined],
      ['a folder of a third user', undefined]
    ] as const) {
      const { root, theirs } = createFolders(t)
      const [folder, other] = [join(theirs, 'data'), join(root, 'other')]
      mkdirSync(other)
      if (trick === 'a folder of root with files') writeFileSync(join(other, 'file'), '')
      if (trick === 'a folder of a third user') chownSync(other, 10_003, 10_004)
      const [owner] = ownerOf(other)
      const { makePrivateFolder } = await withFs(t, {
        mkdirSync: ((...made: Parameters<typeof mkdirSync>) => {
          mkdirSync(...made)
          renameSync(folder, join(theirs, 'aside'))
          if (code) symlinkSync(other, folder)
          else renameSync(other, folder)
        }) as typeof mkdirSync
      })
      if (code) t.throws(() => makePrivateFolder(folder), { code }, trick)
      else makePrivateFolder(folder)
      t.equal(ownerOf(code ? other : folder)[0], owner, trick)
    }
  })
})

t.test('an existing folder keeps its owner and gets no .gitignore', { skip }, async t => {
  const { theirs } = createFolders(t)
  const folder = join(theirs, 'data')
  mkdirSync(folder)
  makePrivateFolder(folder)
  t.equal(ownerOf(folder)[0], 0)
  t.notOk(existsSync(join(folder, '.gitignore')))
})
