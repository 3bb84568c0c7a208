import { readOptions, usage } from './options.ts'
import { soak } from './soak.ts'
import { createTeardowns } from './teardowns.ts'

// `npm run soak -- [options]`: the built server under a mixed load while faults come in random order, on both engines at
// once. Exits with 1 when something acknowledged is lost or anything else is wrong.

const args = process.argv.slice(2)
if (args.includes('--help')) {
  console.log(usage)
  process.exit()
}
const options = readOptions(args)
console.log(`--seed ${options.seed} --minutes ${options.minutes} --engine ${options.engines.join()}`)

const teardowns = createTeardowns()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    console.log('Stopping what was started')
    teardowns.run().finally(() => process.exit(1))
  })

const running = Promise.all(options.engines.map(engine => soak(engine, options, teardowns)))
const differences = (await running.finally(teardowns.run)).flat()
for (const difference of differences) console.log(`WRONG: ${difference}`)
console.log(differences.length === 0 ? 'Nothing is lost.' : `${differences.length} differences. Seed: ${options.seed}`)
process.exit(differences.length === 0 ? 0 : 1)
