import { readFileSync } from 'node:fs'
import t from 'tap'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** The plugins in the order in which src/app.ts registers them, each with its dependencies. */
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

/** The same data from the table. */
function documented() {
  const rows = read('plugins/README.md').matchAll(/^\| `([\w/-]+)\.ts` .*\|([^|]*)\|$/gm)
  return Array.from(rows, ([, file, needs = '']) => ({
    file,
    needs: needs.split(',').flatMap(name => name.trim() || [])
  }))
}

t.test('The table of plugins has the order of src/app.ts and the dependencies of each plugin', async t => {
  const plugins = await registered()
  t.ok(plugins.length > 15, 'the imports are found')
  t.strictSame(documented(), plugins)
})
