import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { startCli } from '../../test/support/cli-process.ts'
import { call, durability } from '../../test/support/faults.ts'

const main = fileURLToPath(new URL('../support/instances-main.ts', import.meta.url))
const password = 'correct horse battery staple'

// Debian's SQLite removes the log of a database that no process has locked, also if a server has it open.
const skip = !process.env.CI && spawnSync('sqlite3', ['-version']).error !== undefined && 'sqlite3 is not installed'

for (const [mode, fault] of [
  ['both', 'two instances in one process, sqlite3 beside them, kill -9'],
  ['reload', 'an instance reloaded in its process, sqlite3 beside it, kill -9']
] as const) {
  test(`${fault}: nothing is lost`, { skip }, async t => {
    const path = join(t.testdir(), 'test.db')
    const command = [process.execPath, '--import=tsx', main] as [string, ...string[]]
    const { child, exit, out } = startCli(t, [path, mode], {}, { command })
    const urls = (await out.until(/ready (.+)/)).split(',')
    const count = () => Number(execFileSync('sqlite3', [path, 'SELECT count(*) FROM users'], { encoding: 'utf8' }))

    let [last, longestMs] = [performance.now(), 0]
    const names: string[] = []
    for (let round = 0; round < 5; round++) {
      for (const url of urls) {
        const username = `user-${names.length}`
        const { status, text } = await call(`${url}/users`, { json: { username, password } })
        t.equal(status, 201, text)
        names.push(username)
        longestMs = Math.max(longestMs, performance.now() - last)
        last = performance.now()
        t.equal(count(), names.length, 'another program reads every account')
      }
    }
    child.kill('SIGKILL')
    t.strictSame(await exit, [null, 'SIGKILL'])
    const db = openDatabase(path)
    const stored = db.prepare('SELECT username FROM users').pluck().all()
    db.close()
    const lost = names.filter(name => !stored.includes(name)).length
    durability(t, { fault, engine: 'SQLite', acknowledged: names.length, lost, refused: 0, longestMs })
  })
}
