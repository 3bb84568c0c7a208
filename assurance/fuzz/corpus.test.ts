import t from 'tap'
import { type Fuzz, guarded } from './guarded.ts'
import { keptInputs, targets } from './kept-inputs.ts'

for (const target of targets)
  t.test(`The reader of ${target} takes every kept input`, async t => {
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
