import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../../..')
const pages = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && name !== 'dist')
    .flatMap(entry =>
      entry.isDirectory()
        ? pages(join(folder, entry.name))
        : entry.name.endsWith('.md')
          ? [join(folder, entry.name)]
          : []
    )
const rootPages = readdirSync(root).filter(name => name.endsWith('.md') && name !== 'CHANGELOG.md')

/** The paths of the project in `text`: in backticks, below a folder that only Sallyport itself has. */
const pathsIn = (text: string) =>
  Array.from(
    text.matchAll(/`((?:src|plugins|routes|packages|test|assurance|scripts|docs|migrations)\/[\w./-]*)`/g),
    ([, path = '']) => path
  )

t.test('Every path that a page names exists', async t => {
  const all = [...rootPages, ...['docs', 'src', 'plugins', 'routes', 'test', 'assurance'].flatMap(pages)]
  const named = all.flatMap(page => pathsIn(readFileSync(join(root, page), 'utf8')).map(path => ({ page, path })))
  t.ok(named.length > 200, `${named.length} paths`)
  t.same(
    named.filter(({ path }) => !existsSync(join(root, path))),
    []
  )
})
