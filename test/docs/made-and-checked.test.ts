import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { namedTests, scenarioTests } from '../../scripts/test-names.ts'
import { standards } from '../conformance/standards.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs/security/made-and-checked.md'), 'utf8')

const filesOf = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(name => join(root, folder, name))

const linesOf = (folder: string) =>
  filesOf(folder)
    .filter(path => /(?<!\.d)\.([cm]?js|tsx?)$/.test(path))
    .map(path => readFileSync(path, 'utf8').split('\n').length - 1)
    .reduce((sum, lines) => sum + lines, 0)

const testFiles = (folder: string) =>
  filesOf(folder.startsWith('assurance/') ? folder : join('test', folder)).filter(path => path.endsWith('.test.ts'))

/** A figure may be a tenth off, so that not every change is one of the page. */
const isNear = (stated: number, actual: number) => Math.abs(stated - actual) <= actual / 10

/** The rows of the tables whose second column has this head: a folder and a figure. */
const rows = (text: string, head: string): [folder: string, figure: number][] =>
  text
    .split('\n\n')
    .filter(table => new RegExp(`^\\|[^|]*\\| ${head} +\\|`).test(table))
    .flatMap(table =>
      Array.from(table.matchAll(/^\| `(.+?)` +\| (\d+) +\|/gm), ([, folder, figure]): [string, number] => [
        String(folder),
        Number(figure)
      ])
    )

/** The faults in the figures of the tables: a folder that is missing, or another count. */
function wrongFigures(text: string): string[] {
  const wrong = (folder: string, stated: number, actual: number) =>
    isNear(stated, actual) ? [] : [`the page says ${stated} for ${folder}, which has ${actual}`]
  return [
    ...rows(text, 'lines').flatMap(([folder, stated]) => wrong(folder, stated, linesOf(folder))),
    ...rows(text, 'files').flatMap(([folder, stated]) => wrong(folder, stated, testFiles(folder).length))
  ]
}

t.test('the tables state the lines and the test files of the repository', async t => {
  t.equal(rows(page, 'lines').length, 14)
  t.equal(rows(page, 'files').length, 14)
  t.same(wrongFigures(page), [])
})

t.test('the sentences state the tests of the repository', async t => {
  const oauch = readFileSync(join(root, 'docs/security/oauch.md'), 'utf8')
  const ofOauch = oauch
    .split(/^- /m)
    .filter(item => /^ {2}- /m.test(item))
    .flatMap(item => item.split(': ')[0]?.match(/`\w+`/g) ?? [])
  const counts: [sentence: RegExp, actual: number][] = [
    [/About (\d+) named tests/, namedTests(root).length + scenarioTests(standards).length],
    [/about (\d+) requirements/, standards.flatMap(({ scenarios }) => scenarios).length]
  ]
  for (const [sentence, actual] of counts) {
    const stated = Number(sentence.exec(page)?.[1])
    t.ok(isNear(stated, actual), `${sentence} says ${stated}, and there are ${actual}`)
  }
  t.equal(Number(/\[(\d+) tests of OAuch\]/.exec(page)?.[1]), ofOauch.length)
})

t.test('every test folder is in the table, or has few tests', async t => {
  const named = rows(page, 'files').map(([folder]) => folder)
  const others = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !named.includes(`${entry.name}/`))
    .filter(({ name }) => testFiles(name).length > 30)
  t.same(others, [])
  t.ok(named.every(folder => testFiles(folder).length > 0))
})

t.test('a figure that is more than a tenth off is named', async t => {
  const text =
    '\n\n| part | lines |\n| - | - |\n| `plugins/` | 20 |\n\n| folder | files |\n| - | - |\n| `texts/` | 9 |\n'
  t.match(wrongFigures(text), [
    /^the page says 20 for plugins\/, which has \d{4}$/,
    'the page says 9 for texts/, which has 3'
  ])
})
