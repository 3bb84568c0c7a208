import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = new URL('../../../scripts/renew.mjs', import.meta.url)

t.test(
  'A build replaces its files, deletes those that are left over, and takes the turn of one that was killed',
  async t => {
    const cwd = t.testdir({
      dist: {
        '.new': { file: 'half' },
        bin: { 'cli.cjs': 'old', 'old.map': '', cache: { code: '' } },
        console: { page: '' }
      }
    })
    const renew = (folder: string, more = '') =>
      spawnSync(
        process.execPath,
        [
          '-e',
          `import('${fileURLToPath(script)}').then(({ renew }) => renew('${folder}', [['dist/bin/cli.cjs', 'new']]${more}))`
        ],
        { cwd, env: { ...process.env, NODE_OPTIONS: '' }, encoding: 'utf8' }
      )
    const files = () => readdirSync(join(cwd, 'dist'), { recursive: true }).sort()
    t.match(renew('dist/bin'), { status: 0, stderr: '' })
    t.equal(readFileSync(join(cwd, 'dist/bin/cli.cjs'), 'utf8'), 'new')
    t.strictSame(files(), ['bin', 'bin/cache', 'bin/cli.cjs', 'console', 'console/page'])
    renew('dist', ", path => path === 'dist/console/page'")
    t.strictSame(files(), ['bin', 'bin/cache', 'bin/cli.cjs', 'console', 'console/page'])
    renew('dist')
    t.strictSame(files(), ['bin', 'bin/cache', 'bin/cli.cjs', 'console'])
  }
)
