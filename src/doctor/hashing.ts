import { type Finding, ok, warning } from './finding.ts'

const tooFastMs = 50
const tooSlowMs = 1000

/** What hashing needs and what there is for it. */
export interface Hashing {
  cost: number
  /** Hashes that may run at the same time: the setting, the cores and the threads that Node has for it. */
  concurrency: number
  cores: number
  threads: number
}

/**
 * Times one hash at the configured cost with `hash`: fast enough to log in and slow enough to guess. `clock` is in
 * milliseconds.
 */
export async function checkHashing(
  { cost, concurrency, cores, threads }: Hashing,
  hash: (cost: number) => Promise<unknown>,
  clock: () => number
): Promise<Finding[]> {
  const started = clock()
  await hash(cost)
  const tookMs = clock() - started
  const atOnce = Math.min(concurrency, cores, threads)
  const idle = threads < Math.min(concurrency, cores) ? ', and UV_THREADPOOL_SIZE keeps it from more' : ''
  const measured = `A hash at cost ${cost} takes ${Math.round(tookMs)} ms, about ${rate((atOnce * 1000) / tookMs)} logins a second (${atOnce} at once${idle})`
  if (tookMs < tooFastMs) return [warning('hash-time', `${measured}: raise BCRYPT_COST.`)]
  return [
    tookMs > tooSlowMs
      ? warning('hash-time', `${measured}: lower BCRYPT_COST, though not below 10, or use a faster machine.`)
      : ok('hash-time', `${measured}.`)
  ]
}

const rate = (perSecond: number) => (perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond)))
