import { type Finding, ok, warning } from './finding.ts'

const tooFastMs = 50
const tooSlowMs = 1000

/** The hashing settings and the resources of the machine. */
export interface Hashing {
  cost: number
  /** HASH_CONCURRENCY. */
  concurrency: number
  cores: number
  threads: number
}

/**
 * Times one hash at the configured cost: it must be fast enough for logins and slow enough against guessing. `clock` is
 * in milliseconds.
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
  const limit = threads < Math.min(concurrency, cores) ? ', limited by UV_THREADPOOL_SIZE' : ''
  const measured = `A hash at cost ${cost} takes ${Math.round(tookMs)} ms: about ${rate((atOnce * 1000) / tookMs)} logins per second (${atOnce} at once${limit})`
  if (tookMs < tooFastMs) return [warning('hash-time', `${measured}. Raise BCRYPT_COST.`)]
  return [
    tookMs > tooSlowMs
      ? warning('hash-time', `${measured}. Lower BCRYPT_COST, but not below 10, or use a faster machine.`)
      : ok('hash-time', `${measured}.`)
  ]
}

const rate = (perSecond: number) => (perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond)))
