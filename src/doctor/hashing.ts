import { type Finding, ok, warning } from './finding.ts'

const tooFastMs = 50
const tooSlowMs = 1000

/** The demands of hashing and the available resources. */
export interface Hashing {
  cost: number
  /** Hashes that may run at the same time, by the setting, the cores and Node's threads for them. */
  concurrency: number
  cores: number
  threads: number
}

/**
 * Times one hash at the configured cost with `hash`, which should be fast enough for logins and slow enough against
 * guessing. `clock` is in milliseconds.
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
