import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

for (const dialect of ['sqlite', 'postgres']) {
  test(`npm run migrations finds every table and no change, on ${dialect}`, async t => {
    const cwd = fileURLToPath(new URL('../..', import.meta.url))
    const env = { ...process.env, DIALECT: dialect }
    const output = execFileSync('drizzle-kit', ['generate'], { cwd, env, encoding: 'utf8' })
    t.match(output, /19 tables[\s\S]*No schema changes/)
  })
}
