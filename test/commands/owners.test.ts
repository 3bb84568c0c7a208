import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { CommandError } from '../../src/base/errors.ts'
import { refuseRoot } from '../../src/commands/refuse-root.ts'
import { password } from '../support/app.ts'
import { cliEnv, createCli, installed } from '../support/cli.ts'

const [user, group] = [10_001, 10_002]
const skip = process.getuid?.() !== 0 && !process.env.CI && 'only root can own files of other users'

/** The commands, and a folder that only its owner can write, which other users can reach. */
function createWorld(t: Test) {
  // Root's own temporary folder may be closed to other users.
  const folder = mkdtempSync('/tmp/sallyport-owners-')
  t.teardown(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  const home = join(folder, 'home')
  mkdirSync(home)
  const env = cliEnv(home)
  return { ...createCli(t, env), folder, home, database: join(home, 'data', 'test.db') }
}

test('Root is refused in the folder of another user before anything is created, with the line for that user', {
  skip
}, async t => {
  const { sallyport, env, folder, home } = createWorld(t)
  const kept = `--preserve-env=${Object.keys(env).join(',')}`
  const backup = join(folder, 'backup.db')
  t.match(await sallyport(['users', 'create', 'alice', '--password-stdin'], password), { code: 0 })
  t.match(await sallyport(['backup', backup]), { code: 0 })
  rmSync(join(home, 'data'), { recursive: true })
  chownSync(home, user, group)
  for (const args of [
    ['users', 'create', "it's", '--password-stdin'],
    ['users', 'list'],
    ['migrate'],
    ['serve'],
    ['restore', backup]
  ]) {
    const typed = args.join(' ').replace("it's", "'it'\\''s'")
    t.same(await sallyport(args, password), {
      code: 1,
      out: '',
      err: `${home} belongs to #${user}, so root does not open it. Instead: sudo -u '#${user}' ${kept} sallyport ${typed}\n`
    })
  }
  t.match(await sallyport(['doctor']), { code: 1, out: /^error +database +\S+ belongs to #10001/m })
  t.chdir(home)
  t.match(await sallyport(['init', '--issuer', 'https://example.com']), { code: 1, err: 'so root does not open it' })
  t.strictSame(readdirSync(home), [])
})

test("A user has a name if /etc/passwd has one, and a container's user is an option of docker", { skip }, async t => {
  const { folder, home, database, env } = createWorld(t)
  chownSync(home, 1, 2)
  const refused = (more: object, line: string) =>
    t.throws(() => refuseRoot(database, ['serve'], { ...installed({}), ...more }), new CommandError(line))
  const about = `${home} belongs to daemon, so root does not open it. Instead: `
  refused({}, `${about}sudo -u daemon sallyport serve`)
  refused(
    { env: { ...env, PATH: '/usr/bin', EDITOR: 'vi' } },
    `${about}sudo -u daemon --preserve-env=${Object.keys(env)} sallyport serve`
  )
  refused({ pid: 1 }, `${about}run it in the container with --user 1:2`)
  refused({ exists: (path: string) => path === '/.dockerenv' }, `${about}run it in the container with --user 1:2`)

  chmodSync(folder, 0o700)
  refuseRoot(database, [], installed({}))
})

test('Root is refused a file of another user in a folder of root, and other users are not', { skip }, async t => {
  const { sallyport, home, database } = createWorld(t)
  t.match(await sallyport(['migrate']), { code: 0 })
  t.match(await sallyport(['users', 'list']), { code: 0, err: '' })
  chmodSync(join(home, 'data'), 0o755)
  chownSync(database, user, group)
  t.match(await sallyport(['users', 'list']), { code: 1, err: `${database} belongs to #${user}, ` })
  chownSync(home, user, group)
  t.intercept(process, 'getuid', { value: () => user })
  t.match(await sallyport(['users', 'list']), { code: 0, err: '' })
})

test("Root is refused where another user can lead it: by a link, a folder above root's, or a .env", {
  skip
}, async t => {
  const { sallyport, folder, home } = createWorld(t)
  const [mine, theirs] = [join(folder, 'mine'), join(folder, 'theirs')]
  mkdirSync(mine, { mode: 0o700 })
  mkdirSync(theirs)
  symlinkSync(mine, join(theirs, 'linked'))
  lchownSync(join(theirs, 'linked'), user, group)
  symlinkSync(theirs, join(folder, 'own'))
  mkdirSync(join(theirs, 'root'))
  const refused = (file: string, path: string) =>
    t.throws(() => refuseRoot(file, [], installed({})), { message: new RegExp(`^${path} belongs to #10001, `) })
  refused(join(theirs, 'linked', 'a.db'), join(theirs, 'linked'))
  refused(join(folder, 'own', 'linked', 'a.db'), join(theirs, 'linked'))
  refuseRoot(join(folder, 'own', 'a.db'), [], installed({}))
  chownSync(theirs, user, group)
  refused(join(theirs, 'root', 'a.db'), theirs)

  t.chdir(home)
  writeFileSync('.env', 'SITE_NAME_FILE=/etc/hostname')
  chownSync('.env', user, group)
  for (const args of [['users', 'list'], ['doctor']])
    t.match(await sallyport(args), { code: 1, out: '', err: `${join(home, '.env')} belongs to #10001, ` })
})

test('Where only root can enter, as with DynamicUser, root gives a restored database to the owner of the folder', {
  skip
}, async t => {
  const { sallyport, folder, home, database } = createWorld(t)
  await sallyport(['migrate'])
  await sallyport(['backup', join(folder, 'backup.db')])
  chmodSync(folder, 0o700)
  chmodSync(database, 0o640)
  for (const path of [home, join(home, 'data')]) chownSync(path, user, group)
  t.match(await sallyport(['restore', join(folder, 'backup.db'), '--force']), { code: 0, err: '' })
  const { uid, gid, mode } = statSync(database)
  t.same([uid, gid, mode & 0o777], [user, group, 0o640])
})
