import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'

for (const dialect of ['sqlite', 'postgres']) {
  test(`npm run migrations finds every table and no change, on ${dialect}`, async t => {
    const cwd = fileURLToPath(new URL('../..', import.meta.url))
    // tap sets NODE_OPTIONS, and would count the coverage of what drizzle-kit compiles.
    const args = ['-u', 'NODE_OPTIONS', `DIALECT=${dialect}`, 'drizzle-kit', 'generate']
    const output = execFileSync('env', args, { cwd, encoding: 'utf8' })
    t.match(output, /19 tables[\s\S]*No schema changes/)
  })
}
