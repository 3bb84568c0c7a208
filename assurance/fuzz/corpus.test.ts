import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Fuzz, guarded } from './guarded.ts'
import { keptInputs, targets } from './kept-inputs.ts'

for (const target of targets)
  t.test(`the reader of ${target} takes every kept input`, async t => {
    const { fuzz } = (await import(`./targets/${target}.ts`)) as { fuzz: Fuzz }
    const run = guarded(fuzz)
    const inputs = keptInputs(target)
    t.ok(inputs.size >= 5, `${inputs.size} inputs`)
    for (const [name, input] of inputs) {
      try {
        await run(input)
      } catch (error) {
        t.error(error, name)
      }
    }
  })

t.test('a target fails that leaves a property on the prototype of objects', async t => {
  t.teardown(() => Reflect.deleteProperty(Object.prototype, 'polluted'))
  const pollute = guarded(() => {
    Object.assign(Object.prototype, { polluted: true })
  })
  t.throws(() => pollute(Buffer.of()), /a prototype has the property polluted/)
})

t.test('the kept inputs have at most 300 kB', async t => {
  const folder = join(import.meta.dirname, 'corpus')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => statSync(join(folder, name)))
  const size = files.filter(file => file.isFile()).reduce((sum, file) => sum + file.size, 0)
  t.ok(size > 1000 && size <= 300_000, `${size} bytes`)
})
