import { join, relative } from 'node:path'
import t from 'tap'
import { allTests, testsAt, testsOfOneEngine, unitTests } from '../../../scripts/test-files.ts'

t.test(
  'Unit tests are of four rooms and start no program, and the engine of a test is known from its imports',
  async t => {
    const folder = t.testdir({
      packages: {
        client: { test: { 'index.test.ts': "import { createApp } from '../../../test/support/app.ts'\n" } }
      },
      test: {
        auth: {
          'rule.test.ts': "import { createApp } from '../support/app.ts'\n",
          'starts.test.ts': "import {\n  one\n} from '../support/one.ts'\n"
        },
        browser: { 'page.test.ts': "import { createApp } from '../support/app.ts'\n" },
        'plain.test.ts': "import type { ChildProcess } from 'node:child_process'\n",
        store: { 'rows.test.ts': "import { anyEngine } from '../support/engines.ts'\n" },
        support: {
          'app.ts': "import { databaseUrl } from './engines.ts'\n",
          'engines.ts': "import { unused } from './app.ts'\nexport const anyEngine = ''\n",
          'one.ts': "import { spawn } from 'node:child_process'\n"
        }
      }
    })
    const names = (paths: string[]) => paths.map(path => relative(folder, path))
    const [rule, rows, client] = ['test/auth/rule', 'test/store/rows', 'packages/client/test/index'].map(path =>
      join(`${path}.test.ts`)
    )
    t.strictSame(names(unitTests(folder)), [rule, rows])
    t.strictSame(names(testsOfOneEngine(folder)), [client, rule])
    const auth = [rule, join('test/auth/starts.test.ts')]
    t.strictSame(names(testsAt(['test/auth', 'test/plain.test.ts'].map(path => join(folder, path)))), [
      ...auth,
      join('test/plain.test.ts')
    ])
    t.strictSame(names(allTests(folder)), [client, ...auth, join('test/plain.test.ts'), rows])
  }
)
