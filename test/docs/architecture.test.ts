import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const folders = (path: string) =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => `${path}/${entry.name}`)

t.test('docs/architecture.md has each folder of src and of src/auth', async t => {
  const page = read('docs/architecture.md')
  const rooms = [...folders('src'), ...folders('src/auth')].filter(path => path !== 'src/auth')
  t.same(
    rooms.filter(room => !page.includes(`\`${room}/\``)),
    []
  )
})

t.test('The picture names only files and folders that exist', async t => {
  const files = ['src', 'plugins', 'routes', 'packages'].flatMap(folder => [
    folder,
    ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(path => `${folder}/${path}`)
  ])
  const picture = read('docs/architecture.svg')
  const named = Array.from(
    picture.matchAll(/\b(?:[\w-]+\/)*[\w-]+\.ts\b|\b(?:src|plugins|packages)\/[\w-]+/g),
    ([path]) => path
  )
  t.ok(named.length > 20)
  t.same(
    named.filter(path => !files.some(file => `/${file}`.endsWith(`/${path}`))),
    []
  )
})

t.test('The picture has each room of the rules', async t => {
  const picture = read('docs/architecture.svg')
  t.same(
    folders('src/auth').filter(path => !picture.includes(`>${path.slice('src/auth/'.length)}</text>`)),
    []
  )
})
