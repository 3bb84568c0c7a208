import { join, relative } from 'node:path'
import t from 'tap'
import { unitTests } from '../../scripts/unit-tests.ts'

t.test('the unit tests start no program, listen on no port and compile nothing, through no import either', async t => {
  const folder = t.testdir({
    'browser.test.ts': "import { chromium } from 'playwright-core'\n",
    'plain.test.ts':
      "import { now } from './support/clock.ts'\nimport type { ChildProcess } from 'node:child_process'\n",
    'spawns.test.ts': "import {\n  one\n} from './support/one.ts'\n",
    auth: { 'plain.test.ts': "import { join } from 'node:path'\n", 'readme.ts': '' },
    'compiles.test.ts': "import ts from 'typescript'\n",
    'listens.test.ts': 'await app.listen({ port: 0 })\n',
    conformance: { 'slow.test.ts': '' },
    faults: { 'slow.test.ts': '' },
    nodes: { 'slow.test.ts': '' },
    support: {
      'clock.ts': "import { unused } from './clock.ts'\n",
      'one.ts': "import { two } from './two.ts'\n",
      'two.ts': "import { spawn } from 'node:child_process'\n"
    }
  })
  t.strictSame(
    unitTests(folder).map(path => relative(folder, path)),
    [join('auth', 'plain.test.ts'), 'plain.test.ts']
  )
})
