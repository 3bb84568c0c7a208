import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Test, test } from 'tap'

const { keepCompiledCode } = createRequire(import.meta.url)('../bin/compile-cache.cjs')

/** Whether a Node.js that keeps compiled code would keep it in this folder. */
function isKept(folder: string): boolean {
  const kept: string[] = []
  keepCompiledCode(folder, { enableCompileCache: (to: string) => kept.push(to) })
  return kept[0] === folder
}

test('The folder is made, and only its user can write there, whatever the umask', async t => {
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  const folder = join(t.testdir(), 'cache')
  t.ok(isKept(folder))
  t.equal(statSync(folder).mode & 0o777, 0o755)
  t.equal(process.umask(), 0, 'the umask is as it was')
  t.ok(isKept(folder), 'again')
})

test('A Node.js that keeps no code makes no folder', async t => {
  const root = t.testdir()
  keepCompiledCode(join(root, 'cache'), {})
  t.same(readdirSync(root), [])
  t.doesNotThrow(() => keepCompiledCode(join(root, 'cache')))
})

test('Nothing is kept where the folder cannot be made', async t => {
  const folder = join(t.testdir({ file: '' }), 'file')
  t.notOk(isKept(folder))
})

test('Code that another user could have written does not run', async t => {
  const plants: Record<string, (t: Test, folder: string) => void> = {
    'because all may write in its folder': (_t, folder) => chmodSync(folder, 0o757),
    'because its group may write it': (_t, folder) => chmodSync(join(folder, 'v24/code'), 0o664),
    'because it is a link': (_t, folder) => symlinkSync('/', join(folder, 'link')),
    'because it belongs to another user': (t, folder) => {
      if (process.getuid?.() === 0) chownSync(join(folder, 'v24/code'), 65534, 65534)
      else t.intercept(process, 'getuid', { value: () => 65534 })
    }
  }
  for (const [name, plant] of Object.entries(plants)) {
    const folder = join(t.testdir(), 'cache')
    mkdirSync(join(folder, 'v24'), { recursive: true })
    writeFileSync(join(folder, 'v24/code'), 'code')
    t.ok(isKept(folder))
    plant(t, folder)
    t.notOk(isKept(folder), name)
  }
})

test('Where users have no numbers, the folder is enough', async t => {
  t.intercept(process, 'getuid', { value: undefined })
  t.ok(isKept(join(t.testdir(), 'cache')))
})
