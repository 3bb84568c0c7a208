import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startCli } from '../../test/support/cli-process.ts'
import { cloneInto } from '../support/clone.ts'

t.test('A server in a clone notices nothing of two builds there at once', async t => {
  const cwd = t.testdir()
  cloneInto(cwd)
  // Without the code that tap loads into every process that Node.js starts.
  const env = { ...process.env, NODE_OPTIONS: '' }
  const run = (...args: string[]) => promisify(execFile)('npm', args, { cwd, env })
  await run('run', 'build')
  const files = () => readdirSync(join(cwd, 'dist'), { recursive: true, encoding: 'utf8' }).sort()
  const built = files()
  const settings = { NODE_OPTIONS: '', PORT: '0', BCRYPT_COST: '4', DATABASE_URL: 'sqlite:server.db' }
  const server = startCli(t, ['serve'], settings, { cwd, command: [process.execPath, join(cwd, 'bin/sallyport.cjs')] })
  const url = await server.out.until(/listens on ([^\s"]+)/)

  let isBuilding = true
  const builds = Promise.all([run('pack'), run('run', 'build')]).finally(() => {
    isBuilding = false
  })
  const refused: string[] = []
  async function read(path: string) {
    const answer = await fetch(`${url}${path}`)
    if (answer.status !== 200) refused.push(`${path} ${answer.status}`)
    return await answer.text()
  }
  while (isBuilding) {
    const page = await read('/console/')
    for (const [, path = ''] of page.matchAll(/"(\/console\/assets\/[^"]+)"/g)) await read(path)
    await read('/docs/')
  }
  await builds
  t.strictSame(refused, [])
  const kept = (paths: string[]) => paths.filter(path => !path.startsWith('bin/cache'))
  t.strictSame(kept(files()), kept(built), 'no build leaves anything else')
  // The server reads the common passwords from `dist` when it first needs them.
  const body = JSON.stringify({ username: 'alice', password: 'passwordpassword' })
  const answer = await fetch(`${url}/users`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  t.match(await answer.json(), { status: 400, detail: /common/ })
})
