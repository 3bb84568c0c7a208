import type { Bcrypt } from '../auth/hashing/bcrypt-sha256.ts'
import type { HashLibraries } from '../auth/hashing/hash-form.ts'
import { createHashQueue, mostWaitMs, type ShedReason, waitingForEach } from '../auth/hashing/hash-queue.ts'
import { createNewHashes } from '../auth/hashing/new-hashes.ts'
import { hashesAtOnce } from '../auth/hashing/thread-pool.ts'
import { type BreachOutcome, createBreachCheck } from '../auth/passwords/breach-check.ts'
import { createPasswords, matchesPassword } from '../auth/passwords/passwords.ts'
import { type Config, poolThreads } from '../config/config.ts'
import { loadBcrypt } from './bcrypt.ts'

/** Receives counts for the metrics. */
export interface HashingMetrics {
  hashWaited(seconds: number): void
  hashShed(reason: ShedReason): void
  breachChecked(outcome: BreachOutcome): void
}

/** The libraries, each of which is loaded at its first use, because most servers need one of them. */
export function hashLibraries(): HashLibraries {
  let loaded: Promise<Bcrypt> | undefined
  const bcrypt = () => (loaded ??= loadBcrypt())
  return {
    bcrypt: {
      hash: async (...password) => (await bcrypt()).hash(...password),
      verify: async (...password) => (await bcrypt()).verify(...password)
    },
    argon2: { hashRaw: async (...hash) => (await import('@node-rs/argon2')).hashRaw(...hash) }
  }
}

/** Whether `password`, in NFC or as given, fits the hash: once, for a command. */
export const verifyPassword = (password: string, hash: string) => matchesPassword(password, hash, hashLibraries())

/** The delay of a refusal by the full hash queue: about half the time of a hash, in milliseconds. */
export const refusalDelayMs = 100

/**
 * Creates the service that hashes and verifies passwords, and its queue, which limits concurrent hashes. `complaint`
 * says why it runs fewer than `config.hashConcurrency`.
 */
export function createPasswordHashing(
  config: Config,
  metrics: HashingMetrics,
  warn: (about: { err: unknown }, message: string) => void
) {
  const { atOnce, complaint } = hashesAtOnce(config, poolThreads())
  const queue = createHashQueue({
    concurrency: atOnce,
    length: waitingForEach * atOnce,
    maxWaitMs: mostWaitMs,
    refusalDelayMs,
    onWait: metrics.hashWaited,
    onShed: metrics.hashShed
  })
  const libraries = hashLibraries()
  const passwords = createPasswords({
    libraries,
    newHashes: createNewHashes(libraries, config),
    queue,
    minLength: config.passwordMinLength,
    issuer: config.issuer,
    isBreached: createBreachCheck({ url: config.breachCheck, onOutcome: metrics.breachChecked, warn })
  })
  return { passwords, queue, complaint }
}
