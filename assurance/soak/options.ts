import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

const allEngines = ['sqlite', 'postgres'] as const
/** The engines of the store. */
export type Engine = (typeof allEngines)[number]

/** The run: `minutes` is the least time, and every fault comes at least once. */
export interface Options {
  minutes: number
  engines: readonly Engine[]
  /** Decides the order of the faults and the requests of the clients. */
  seed: number
}

/** The output of `--help`. */
export const usage = `npm run soak -- [options]
  --minutes N      how long (60); every fault comes at least once
  --engine NAME    sqlite or postgres; both at once when it is missing
  --seed N         repeats the order of the faults of an earlier run`

/** Throws with a readable message when an argument is wrong. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: { minutes: { type: 'string', default: '60' }, engine: { type: 'string' }, seed: { type: 'string' } }
  })
  const minutes = Number(values.minutes)
  const seed = Number(values.seed ?? randomInt(2 ** 31))
  const engines = allEngines.filter(engine => values.engine === undefined || engine === values.engine)
  if (!(minutes > 0)) throw new Error('--minutes takes a number above 0')
  if (!Number.isInteger(seed)) throw new Error('--seed takes a whole number')
  if (engines.length === 0) throw new Error(`--engine takes one of ${allEngines.join(', ')}`)
  return { minutes, engines, seed }
}
