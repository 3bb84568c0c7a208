import { hashesAtOnce } from '../auth/hashing/thread-pool.ts'
import type { Config } from '../config/settings.ts'
import { type Finding, ok, warning } from './finding.ts'

const tooFastMs = 50
const tooSlowMs = 1000

/** The settings for hashes and the resources of the machine; `threads` is the size of libuv's pool. */
export interface Hashing {
  config: Pick<Config, 'passwordHash' | 'bcryptCost' | 'hashConcurrency' | 'databaseUrl' | 'workers'>
  cores: number
  threads: number
}

/**
 * Times one hash at the configured cost: it must be fast enough for logins and slow enough against guessing. `clock` is
 * in milliseconds.
 */
export async function checkHashing(
  { config, cores, threads }: Hashing,
  hash: (config: Hashing['config']) => Promise<unknown>,
  clock: () => number
): Promise<Finding[]> {
  const started = clock()
  await hash(config)
  const tookMs = clock() - started
  const { workers } = config
  const share = Math.ceil(config.hashConcurrency / workers)
  const { atOnce, complaint } = hashesAtOnce({ ...config, hashConcurrency: share }, threads)
  const parallel = Math.min(atOnce * workers, cores)
  const isBcrypt = config.passwordHash === 'bcrypt'
  const form = isBcrypt ? `bcrypt at cost ${config.bcryptCost}` : 'Argon2id'
  const measured = `A hash with ${form} takes ${Math.round(tookMs)} ms: about ${rate((parallel * 1000) / tookMs)} logins per second (${parallel} at once)`
  return [
    isBcrypt && tookMs < tooFastMs
      ? warning('hash-time', `${measured}. Raise BCRYPT_COST.`)
      : tookMs > tooSlowMs
        ? warning(
            'hash-time',
            `${measured}. ${isBcrypt ? 'Lower BCRYPT_COST, but not below 10, or use' : 'Use'} a faster machine.`
          )
        : ok('hash-time', `${measured}.`),
    complaint
      ? warning('hash-threads', complaint)
      : ok('hash-threads', 'The process has threads enough for its hashes.')
  ]
}

const rate = (perSecond: number) => (perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond)))
