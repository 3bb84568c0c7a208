import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** The names in backticks in the first and the last column of each row of the tables in test/README.md. */
const rows = Array.from(read('test/README.md').matchAll(/^\| (`[^|]*).*\|([^|]*)\|$/gm), ([, ...columns]) =>
  columns.map(column => Array.from(column.matchAll(/`([^`]+)`/g), ([, name = '']) => name))
) as [string[], string[]][]
const isRule = ([[first = '']]: [string[], string[]]) => first.endsWith('.ts')

t.test('every helper in test/README.md is exported by the file in its row', async t => {
  const helpers = rows.filter(row => !isRule(row))
  t.ok(helpers.length > 40, `${helpers.length} rows`)
  for (const [names, [file = '']] of helpers)
    for (const name of names)
      t.match(read(file), new RegExp(`^export (async )?(function|const) ${name}\\b`, 'm'), `${name} in ${file}`)
})

t.test('every rule of src/auth has its test in the mirrored place, or else a row in test/README.md', async t => {
  const rules = readdirSync(join(root, 'src/auth'), { recursive: true, encoding: 'utf8' })
  const isElsewhere = (file: string) => !existsSync(join(root, 'test/auth', file.replace('.ts', '.test.ts')))
  t.strictSame(
    rows
      .filter(isRule)
      .flatMap(([files]) => files)
      .sort(),
    rules.filter(file => file.endsWith('.ts') && isElsewhere(file)).sort()
  )
})
