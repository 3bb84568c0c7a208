import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../../..')
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
