import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { blocksOf } from '../../test/support/readme-commands.ts'
import { type PageRow, runPage, skipPages } from '../support/page.ts'
import { skipWithout } from '../support/python.ts'

// Runs the blocks of each page as its reader would. `PAGE=docs/clients.md` runs one.

const root = join(import.meta.dirname, '../..')
const folder = join(import.meta.dirname, 'pages')
const modules = readdirSync(folder).map(name => import(join(folder, name)) as Promise<{ pages: PageRow[] }>)
const rows = (await Promise.all(modules)).flatMap(({ pages }) => pages)

/** The languages of blocks that show what a program prints or sends. */
const shown = ['text', 'http', 'json']

/** Pages for contributors, whose commands CI runs. */
const ofContributors = /^(CONTRIBUTING|test\/README|assurance\/(\w+\/)?README)\.md$/

const tests = readdirSync(import.meta.dirname).filter(name => name.endsWith('.test.ts'))
const sources = tests.map(name => readFileSync(join(import.meta.dirname, name), 'utf8'))

/** The last test waits for these, or the process would be ended half a minute after it began. */
const running: Promise<unknown>[] = []

// Each page has its own network and folder, and spends much of its time waiting for a server to start.
t.jobs = 2

for (const { prints, how, needs = [], skip: unfit = false, ...page } of rows) {
  if (process.env.PAGE && process.env.PAGE !== page.path) continue
  const skip = skipPages || unfit || skipWithout(...needs)
  // tap writes into the options object, so no two tests may share it.
  const run = t.test(`The commands of ${page.path} work${how ? ` ${how}` : ''}`, { skip, buffered: true }, async t => {
    const output = await runPage(t, page)
    t.equal(output.length, prints.length)
    for (const [index, printed] of output.entries()) {
      const print = prints[index]
      if (print instanceof RegExp) t.match(printed, print, `block ${index + 1}`)
      else print?.(t, printed)
    }
  })
  running.push(run)
}

t.test('Every block of a page is run, or says why it is not', async t => {
  const run = new Set(rows.map(({ path }) => path))
  const silent = pagesOf('.').flatMap(path =>
    blocksOf(join(root, path)).flatMap(({ language, code }) => {
      const first = String(code.split('\n', 1))
      const isCommand = language === 'sh' && (run.has(path) || ofContributors.test(path) || isRunAsExample(path))
      const isRun = isCommand || (run.has(path) && /^(\/\/|#|--) [\w./-]*\.\w+$/.test(first))
      return isRun ||
        shown.includes(language) ||
        /^(\/\/|#|--|<!--) (Not run by our tests: .|Run by [\w/-]+\.test\.ts)/.test(first)
        ? []
        : [`${path}: ${first}`]
    })
  )
  t.strictSame(silent, [])
  await Promise.all(running)
})

/** Whether a test of an example runs the commands of this page. */
function isRunAsExample(path: string): boolean {
  const [, name] = /^examples\/([\w-]+)\/README\.md$/.exec(path) ?? []
  const names = (source: string) => source.includes(`'${name}'`) || source.includes(`/${name}'`)
  return name !== undefined && sources.some(source => /(readmeCommands|followReadme)\(/.test(source) && names(source))
}

/** The Markdown pages of the project. */
function pagesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return /^(node_modules|dist|\..*)$/.test(entry.name) ? [] : pagesOf(path)
    return path.endsWith('.md') ? [path] : []
  })
}
