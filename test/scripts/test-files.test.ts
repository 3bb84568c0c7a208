import { join, relative } from 'node:path'
import t from 'tap'
import { testsForOneProcess, unitTests } from '../../scripts/test-files.ts'

t.test(
  'tests for one process start no program, and unit tests neither build a server, listen, compile nor read the build, directly or through imports',
  async t => {
    const folder = t.testdir({
      'browser.test.ts': "import { chromium } from 'playwright-core'\n",
      'plain.test.ts':
        "import { now } from './support/clock.ts'\nimport type { ChildProcess } from 'node:child_process'\n",
      'spawns.test.ts': "import {\n  one\n} from './support/one.ts'\n",
      auth: { 'plain.test.ts': "import { join } from 'node:path'\n", 'readme.ts': '' },
      'compiles.test.ts': "import ts from 'typescript'\n",
      'listens.test.ts': 'await listenForMetrics({ port: 0 })\n',
      'built.test.ts': "new URL('../dist/console/', import.meta.url)\n",
      'serves.test.ts': "import { createApp } from './support/app.ts'\n",
      browser: { 'slow.test.ts': '' },
      support: {
        'app.ts': "import { build } from '../../src/app.ts'\n",
        'clock.ts': "import { unused } from './clock.ts'\n",
        'one.ts': "import { two } from './two.ts'\n",
        'two.ts': "import { spawn } from 'node:child_process'\n"
      }
    })
    const plain = [join('auth', 'plain.test.ts'), 'plain.test.ts']
    const inFolder = (path: string) => relative(folder, path)
    t.strictSame(unitTests(folder).map(inFolder), plain)
    t.strictSame(
      testsForOneProcess(folder).map(inFolder),
      [...plain, 'built.test.ts', 'compiles.test.ts', 'listens.test.ts', 'serves.test.ts'].sort()
    )
  }
)
