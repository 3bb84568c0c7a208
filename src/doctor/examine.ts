import type { Config, ConfigReport } from '../config/config.ts'
import { identityProvidersOf } from '../config/identity-providers.ts'
import type { Probe } from '../store/inspect/probe.ts'
import { checkAudit, checkWebhooks } from './audit.ts'
import { checkBreachCheck } from './breach-check.ts'
import { checkClock } from './clock.ts'
import { openDatabase } from './database.ts'
import { checkDriver } from './driver.ts'
import { checkFiles, type FileSystem } from './files.ts'
import type { Finding } from './finding.ts'
import { checkHashing } from './hashing.ts'
import { checkIdentityProvider } from './identity-provider.ts'
import { checkIssuer } from './issuer.ts'
import { type ClientAddress, checkProxy, type Route } from './proxy.ts'
import { checkSecret } from './secret.ts'
import { checkSecurityTxt } from './security-txt.ts'
import { checkSettings } from './settings.ts'

/** Everything outside this folder that the checks use. */
export interface Instruments {
  /** The SQLite driver for this Node.js; throws when it is missing or would crash. */
  sqliteDriver(): { version: string }
  /** Inspects a database without changing it; `undefined` when it does not exist yet. */
  probeStore(url: string): Promise<Probe | undefined>
  /** Computes one hash as the server does. */
  hash(config: Pick<Config, 'passwordHash' | 'bcryptCost'>): Promise<unknown>
  clientAddress: ClientAddress
  files: FileSystem
  fetch: typeof globalThis.fetch
  now(): Date
  /** A monotonic clock, in milliseconds. */
  clock(): number
  cores: number
  /** The size of libuv's thread pool, which computes the hashes. */
  threads: number
}

/**
 * Runs the checks in the order of the report, without changing anything. A check whose own setting is invalid is left
 * out, because the report already lists that setting.
 */
export async function examine(settings: ConfigReport, instruments: Instruments, route: Route): Promise<Finding[]> {
  const { config, wrong } = settings
  const { sqliteDriver, probeStore, hash, clientAddress, files, fetch, now, clock, cores, threads } = instruments
  const isRight = (...names: (keyof Config)[]) => names.every(name => !wrong.has(name))
  const driver = config.databaseUrl.startsWith('sqlite:') ? [checkDriver(sqliteDriver)] : []
  const { probe, findings: database } =
    isRight('databaseUrl') && driver.every(({ level }) => level === 'ok')
      ? await openDatabase(config, probeStore)
      : { findings: [] }
  return [
    ...checkSettings(settings),
    ...checkSecret(settings, probe),
    ...(isRight('wellKnown', 'issuer') ? checkSecurityTxt(config, now()) : []),
    ...(await checkFiles(settings, files)),
    ...driver,
    ...database,
    ...checkClock(now(), probe),
    ...(probe ? [checkAudit(probe, now()), checkWebhooks(probe)] : []),
    ...(isRight('issuer', 'host', 'port') ? [await checkIssuer(config.issuer, fetch)] : []),
    ...(config.breachCheck === undefined ? [] : [await checkBreachCheck(config.breachCheck, fetch)]),
    ...(await Promise.all(identityProvidersOf(config).map(({ issuer }) => checkIdentityProvider(issuer, fetch)))),
    ...(isRight('bcryptCost', 'hashConcurrency') ? await checkHashing({ config, cores, threads }, hash, clock) : []),
    ...(isRight('trustProxy', 'issuer') ? await checkProxy(config, route, clientAddress) : [])
  ]
}
