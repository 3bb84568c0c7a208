import { readFileSync } from 'node:fs'
import t from 'tap'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The plugins in the order in which src/app.ts registers them, each with what it depends on. */
async function registered() {
  const source = read('src/app.ts')
  const imports = source.matchAll(/^import (\w+).* from '\.\.\/plugins\/([\w/-]+)\.ts'$/gm)
  const files = new Map(Array.from(imports, ([, variable, file]) => [variable, file]))
  const order = Array.from(source.matchAll(/\.register\((\w+)/g), ([, variable]) => files.get(variable)).filter(Boolean)
  return Promise.all(
    order.map(async file => {
      const { default: plugin } = await import(`../../plugins/${file}.ts`)
      return { file, needs: plugin[Symbol.for('plugin-meta')].dependencies ?? [] }
    })
  )
}

/** What the table says of the same. */
function documented() {
  const rows = read('plugins/README.md').matchAll(/^\| `([\w/-]+)\.ts` .*\|([^|]*)\|$/gm)
  return Array.from(rows, ([, file, needs = '']) => ({
    file,
    needs: needs.split(',').flatMap(name => name.trim() || [])
  }))
}

t.test('the table of plugins has the order of src/app.ts, and what each of them depends on', async t => {
  const plugins = await registered()
  t.ok(plugins.length > 15, 'the imports are found')
  t.strictSame(documented(), plugins)
})
