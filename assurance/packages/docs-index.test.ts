import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { brokenLinks, linkedFrom } from '../support/markdown-links.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** The Markdown files in a folder and its folders, from the root folder. */
const pagesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.md') && !path.includes('node_modules'))
    .map(path => join(folder, path))

const docs = pagesIn('docs')
t.test('docs/README.md lists every page', async t => {
  const listed = new Set(linkedFrom(root, 'docs/README.md'))
  t.strictSame(
    docs.filter(path => path !== 'docs/README.md' && !listed.has(path)),
    []
  )
})

t.test('Every link of the documentation leads to a file, and to a heading of it', async t => {
  const others = readdirSync(root).filter(path => path.endsWith('.md'))
  const folders = ['src', 'plugins', 'routes', 'examples', 'deploy', 'bench'].flatMap(pagesIn)
  const pages = [...docs, ...others, ...folders, 'llms.txt']
  t.strictSame(
    pages.flatMap(path => brokenLinks(root, path)),
    []
  )
})

t.test('Commands of the documentation name the package as npm pack does', async t => {
  const { name, version } = JSON.parse(read('package.json'))
  for (const path of docs)
    for (const [file] of read(path).matchAll(/sallyport-\d\S*?\.tgz/g)) t.equal(file, `${name}-${version}.tgz`, path)
})
